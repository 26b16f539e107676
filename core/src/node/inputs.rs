//! What the driver does with what handles and stream tasks ask for.

use core::time::Duration;

use bytes::Bytes;
use futures_channel::oneshot;

use super::command::{Command, Done, Input, Reply, StreamInput};
use super::driver::Driver;
use super::error::UpdateError;
use super::stack::Stack;
use super::waiters::Waiter;
use super::{join, metrics, outgoing};
use crate::engine::TooLarge;
use crate::time::Instant;

/// How much longer than the machine an answer to a ping is waited for, should the machine forget
/// it.
const PING_SLACK: Duration = Duration::from_secs(60);

impl<K: Stack> Driver<K> {
    /// Does one thing that was asked for. The caller drains.
    pub(super) fn handle_input(&mut self, now: Instant, input: Input<K::Id, K::Address>) {
        match input {
            Input::Command(command) => self.on_command(now, command),
            Input::Stream(input) => self.on_stream(now, input),
        }
    }

    fn on_command(&mut self, now: Instant, command: Command<K::Id, K::Address>) {
        match command {
            Command::Join { seeds, reply } => {
                self.engine.rejoin(now);
                join::join(&self.links, seeds, reply);
            }
            Command::Leave { timeout, reply } => {
                let token = self.wait(Waiter::Heard(reply), now + timeout);
                self.engine.leave(now, token);
            }
            Command::UpdateMeta { meta, reply } => {
                let token = self.wait(Waiter::Heard(reply), now + self.links.timeout);
                self.engine.update_meta(now, token, meta);
            }
            Command::RefreshMeta { reply } => self.on_refresh(now, reply),
            Command::Ping { id, address, reply } => {
                let token = self.wait(Waiter::Pong(reply), now + PING_SLACK);
                self.engine.ping(now, token, id, address);
            }
            Command::Send { to, payload, reply } => {
                outgoing::send(&self.links, to, payload, reply);
            }
            Command::SendPacket { to, payload, reply } => {
                let _ = reply.send(self.engine.send_packet(to, &payload));
            }
            Command::Broadcast { key, payload, reply } => {
                self.on_broadcast(key, payload, reply);
            }
            Command::Forget { id, reply } => {
                let _ = reply.send(self.engine.forget(now, &id));
            }
        }
    }

    fn on_stream(&mut self, now: Instant, input: StreamInput<K::Id, K::Address>) {
        match input {
            StreamInput::LocalState { join, reply } => {
                let state = self.engine.local_state(join);
                metrics::local_state(&state.members);
                metrics::queued(self.engine.stats());
                let _ = reply.send(state);
            }
            StreamInput::BeginMerge { claims, from, side, join, reply } => {
                let _ = reply.send(self.engine.begin_merge(from, side, &claims, join));
            }
            StreamInput::Merge { admitted, claims, slice, reply } => {
                self.engine.merge(now, &admitted, &claims[slice]);
                let _ = reply.send(());
            }
            StreamInput::EndMerge { admitted, user_state } => {
                self.engine.end_merge(now, &admitted, user_state);
            }
            StreamInput::Ping { ping, reply } => {
                let _ = reply.send(self.engine.handle_stream_ping(&ping));
            }
            StreamInput::Ack { ack } => self.engine.handle_stream_ack(now, &ack),
            StreamInput::User { from, payload } => self.engine.handle_stream_user(from, payload),
            StreamInput::Refused { from, error, front } => {
                self.engine.count_stream_refused(now, &from, &error, &front);
            }
        }
    }

    fn on_refresh(&mut self, now: Instant, reply: Reply<Result<usize, UpdateError>>) {
        let Some(meta) = self.engine.refreshed_meta() else {
            let _ = reply.send(Err(UpdateError::NoMeta));
            return;
        };
        let token = self.wait(Waiter::Refreshed(reply), now + self.links.timeout);
        self.engine.update_meta(now, token, meta);
    }

    fn on_broadcast(&mut self, key: Bytes, payload: Bytes, reply: Reply<Result<Done, TooLarge>>) {
        let token = self.waiters.token();
        let queued = self.engine.broadcast(token, key, payload).map(|()| {
            let (done, outcome) = oneshot::channel();
            self.waiters.insert(token, Waiter::Broadcast(done), None);
            outcome
        });
        let _ = reply.send(queued);
    }

    fn wait(&mut self, waiter: Waiter, deadline: Instant) -> crate::swim::Token {
        let token = self.waiters.token();
        self.waiters.insert(token, waiter, Some(deadline));
        token
    }
}
