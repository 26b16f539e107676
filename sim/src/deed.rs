//! What is done to hosts and network: faults, and the work of a cluster's life.

use core::time::Duration;

use crate::HostNo;
use crate::net::Weather;

/// Something that is done at a moment that the plan names.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// The host starts, knowing nobody. Nothing if it runs.
    Start(HostNo),
    /// These hosts know each other from the start, as if they had joined long ago. Before anything
    /// else is done.
    Acquaint(Vec<HostNo>),
    /// The host joins by these seeds; if it has left, it comes back.
    Join {
        /// Who joins.
        host: HostNo,
        /// Whom it dials.
        seeds: Vec<HostNo>,
    },
    /// The process ends at once. `silent`: so does its machine, and nobody refuses connections.
    Crash {
        /// Which.
        host: HostNo,
        /// No trace is left.
        silent: bool,
    },
    /// The host starts again under its name, at incarnation 1. `moved`: at another address.
    Restart {
        /// Which.
        host: HostNo,
        /// Where it was is nobody now.
        moved: bool,
    },
    /// The process is stopped (SIGSTOP): its kernel goes on to receive.
    Pause(HostNo),
    /// The process goes on.
    Resume(HostNo),
    /// Sends and receives of the process block while its timers run, as in Lifeguard's
    /// experiments (section V.B).
    Hold(HostNo),
    /// They go on.
    Release(HostNo),
    /// The host says goodbye and stays up.
    Leave(HostNo),
    /// The host tells new metadata of so many bytes.
    SetMeta {
        /// Who.
        host: HostNo,
        /// Bytes.
        len: usize,
    },
    /// The host broadcasts a message of so many bytes.
    Broadcast {
        /// Who.
        host: HostNo,
        /// Bytes.
        len: usize,
        /// Replaces older ones of the same key; 0 is none.
        key: u8,
    },
    /// The host's clock jumps ahead.
    Jump {
        /// Whose.
        host: HostNo,
        /// By so much.
        by: Duration,
    },
    /// The host's clock runs fast, or slow if negative.
    Drift {
        /// Whose.
        host: HostNo,
        /// Parts per million.
        ppm: i64,
    },
    /// Nothing gets from one host to another any more.
    Cut {
        /// Who is not heard.
        from: HostNo,
        /// Who does not hear.
        to: HostNo,
    },
    /// Undoes a cut.
    Mend {
        /// Who was not heard.
        from: HostNo,
        /// Who did not hear.
        to: HostNo,
    },
    /// Each host is on the side that is named; only hosts of one side reach each other.
    Part(Vec<(HostNo, u32)>),
    /// Undoes a partition.
    Unite,
    /// The host hears nothing, or hears again.
    Deaf {
        /// Who.
        host: HostNo,
        /// Whether it is deaf.
        deaf: bool,
    },
    /// Datagrams of the host, in both directions, are lost, or not any more; streams get through.
    Mute {
        /// Whose.
        host: HostNo,
        /// Whether they are.
        mute: bool,
    },
    /// So many of the packets that the host sends are lost.
    LossFrom {
        /// Whose.
        host: HostNo,
        /// 0 to 1; 0 undoes it.
        loss: f64,
    },
    /// So many of the packets that the host is sent are lost.
    LossTo {
        /// Whose.
        host: HostNo,
        /// 0 to 1; 0 undoes it.
        loss: f64,
    },
    /// So many packets are lost on one link.
    LossOn {
        /// Who sends.
        from: HostNo,
        /// Who is sent.
        to: HostNo,
        /// 0 to 1; 0 undoes it.
        loss: f64,
    },
    /// The network changes.
    Turn(Box<Weather>),
    /// The network is whole and calm, every host runs freely and its clock is true.
    Heal(Box<Weather>),
}
