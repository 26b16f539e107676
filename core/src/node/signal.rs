//! Something that happens once, and that everybody can wait for.

/// No value: such a channel carries only its own end.
enum Never {}

/// Raised at most once; whoever waits, now or later, is woken.
pub(super) struct Signal {
    sender: async_channel::Sender<Never>,
    receiver: async_channel::Receiver<Never>,
}

impl Signal {
    pub(super) fn new() -> Self {
        let (sender, receiver) = async_channel::bounded(1);
        Self { sender, receiver }
    }

    /// Raises it; true for the first time.
    pub(super) fn raise(&self) -> bool {
        self.sender.close()
    }

    pub(super) fn is_raised(&self) -> bool {
        self.receiver.is_closed()
    }

    /// Resolves once it is raised; cancel safe.
    pub(super) fn raised(&self) -> impl Future<Output = ()> + Send + use<> {
        let receiver = self.receiver.clone();
        async move {
            let _ = receiver.recv().await;
        }
    }
}

/// Counts who still holds a share, so that their end can be awaited.
pub(super) struct Shares(async_channel::Receiver<Never>);

/// One share; dropping it gives it back.
#[derive(Clone)]
pub(super) struct Share {
    _sender: async_channel::Sender<Never>,
}

impl Shares {
    /// The counter and the first share.
    pub(super) fn new() -> (Self, Share) {
        let (sender, receiver) = async_channel::bounded(1);
        (Self(receiver), Share { _sender: sender })
    }

    /// Resolves once no share is held any more.
    pub(super) async fn gone(self) {
        let _ = self.0.recv().await;
    }
}
