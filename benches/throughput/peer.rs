//! Members that do not exist, on addresses of loopback, and a peer that tells of 10,000 of them.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use memberlist_benches::{cpu, name};
use memberlist_core::types::{Incarnation, Node as Place, StartId, State, Versions};
use memberlist_core::wire::{Alive, Lpe, PushPull, RemoteState, StreamMessage, Wire};
use serde_json::{Value, json};
use smol_str::SmolStr;

use crate::Failure;
use crate::node::Node;

/// Members that the peer tells of.
const MEMBERS: u32 = 10_000;

/// Exchanges over which the CPU time is taken.
const EXCHANGES: u32 = 20;

type Claim = Alive<'static, SmolStr, SocketAddr>;

/// A claim that the n-th member is alive, somewhere on loopback where nobody listens.
pub(crate) fn alive(n: u32) -> Claim {
    let address = (Ipv4Addr::from(0x7f01_0000 + n), 9).into();
    Alive {
        incarnation: Incarnation::new(1),
        node: Place::new(name(n), address),
        meta: [].as_slice().into(),
        versions: Some(Versions::DEFAULT),
        start: StartId::new(1),
    }
}

/// What a node takes that knows 10,000 members, and what one more full exchange costs it.
pub(crate) fn full_exchange() -> Result<Value, Failure> {
    let peer = serve()?;
    let node = Node::start()?;
    let before = cpu::resident();
    node.run(move |node| async move { node.join([peer]).await.map(|_| ()) })??;
    let members = node.handle.num_members();
    let resident = cpu::resident().zip(before);
    let resident = resident.map(|(now, before)| now.saturating_sub(before) as f64 / 1e6);
    let cpu = node.cpu()?;
    for _ in 0..EXCHANGES {
        node.run(move |node| async move { node.join([peer]).await.map(|_| ()) })??;
    }
    let each = node.cpu()?.saturating_sub(cpu) / EXCHANGES;
    node.end();
    Ok(json!({
        "members": members, "mb_more_than_alone": resident,
        "full_exchange_cpu_ms": each.as_secs_f64() * 1e3,
    }))
}

/// A peer that answers every push/pull with the same members.
fn serve() -> Result<SocketAddr, Failure> {
    let states = (1..=MEMBERS).map(|n| RemoteState { claim: alive(n), state: State::Alive });
    let answer = StreamMessage::PushPull(PushPull {
        join: true,
        states: states.collect(),
        user_state: [].as_slice().into(),
    });
    let mut bytes = Vec::new();
    Lpe::encode_stream(&answer, &mut bytes);
    drop(answer);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
            // The request is not looked at: reading a part of it is enough to know that it came.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&bytes);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
    });
    Ok(address)
}
