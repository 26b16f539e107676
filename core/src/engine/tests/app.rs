//! An application that answers what a test wants and remembers what it was asked.

use bytes::Bytes;
use parking_lot::Mutex;

use super::*;
use crate::delegate::{
    AliveDelegate, Candidate, ConflictDelegate, EventDelegate, MergeDelegate, NodeDelegate,
    PingDelegate, Refused,
};

#[derive(Debug, Default)]
pub(super) struct App {
    /// A name whose claims are refused.
    pub(super) refuses: Option<&'static str>,
    pub(super) refuses_merge: bool,
    pub(super) meta: Option<Meta>,
    pub(super) local_state: Bytes,
    pub(super) ack_payload: Bytes,
    pub(super) no_stream_pings: bool,
    /// Given to each packet.
    pub(super) broadcasts: Vec<Bytes>,
    /// The names of the claims that were asked about.
    pub(super) asked_alive: Mutex<Vec<SmolStr>>,
    pub(super) asked_merge: Mutex<Vec<usize>>,
    pub(super) asked_payload: Mutex<usize>,
    pub(super) asked_broadcasts: Mutex<Vec<(usize, usize)>>,
}

type Claim<'a> = Candidate<'a, SmolStr, SocketAddr>;

impl AliveDelegate<SmolStr, SocketAddr> for App {
    fn notify_alive(&self, candidate: &Claim<'_>) -> Result<(), Refused> {
        let id = candidate.node.id();
        self.asked_alive.lock().push(id.clone());
        match self.refuses {
            Some(name) if name == id => Err(Refused("not this one".into())),
            _ => Ok(()),
        }
    }
}

impl MergeDelegate<SmolStr, SocketAddr> for App {
    fn notify_merge(&self, peers: &[Claim<'_>]) -> Result<(), Refused> {
        self.asked_merge.lock().push(peers.len());
        if self.refuses_merge { Err(Refused("not this cluster".into())) } else { Ok(()) }
    }
}

impl NodeDelegate<SmolStr, SocketAddr> for App {
    fn node_meta(&self) -> Option<Meta> {
        self.meta.clone()
    }

    fn local_state(&self, _: bool) -> Bytes {
        self.local_state.clone()
    }

    fn broadcast_messages(&self, overhead: usize, limit: usize) -> Vec<Bytes> {
        self.asked_broadcasts.lock().push((overhead, limit));
        self.broadcasts.clone()
    }
}

impl PingDelegate<SmolStr, SocketAddr> for App {
    fn ack_payload(&self) -> Bytes {
        *self.asked_payload.lock() += 1;
        self.ack_payload.clone()
    }

    fn disable_reliable_pings(&self, _: &SmolStr) -> bool {
        self.no_stream_pings
    }
}

impl EventDelegate<SmolStr, SocketAddr> for App {}
impl ConflictDelegate<SmolStr, SocketAddr> for App {}
