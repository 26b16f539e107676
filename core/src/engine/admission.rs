//! May a claim in? The CIDR list first, then the application.

use crate::delegate::{AliveDelegate, Candidate, Refused};
use crate::types::{Address, Cidrs, Id, State};
use crate::wire::{Alive, RemoteState};

/// The CIDR list, and how the application is asked.
#[derive(Clone, Debug)]
pub(super) struct Admission {
    allowed: Cidrs,
}

impl Admission {
    pub(super) const fn new(allowed: Cidrs) -> Self {
        Self { allowed }
    }

    /// Whether the CIDR list holds `address`. One that has no IP address is not the list's
    /// business.
    pub(super) fn allows<A: Address>(&self, address: &A) -> bool {
        self.allowed.is_any() || address.ip().is_none_or(|ip| self.allowed.allows(ip))
    }

    /// The same for an address that is not always there.
    pub(super) fn allows_if_any<A: Address>(&self, address: Option<&A>) -> bool {
        address.is_none_or(|address| self.allows(address))
    }

    /// Asks the application about a claim.
    pub(super) fn ask<I: Id, A: Address>(
        delegate: &impl AliveDelegate<I, A>,
        alive: &Alive<'_, I, A>,
        state: State,
    ) -> Result<(), Refused> {
        delegate.notify_alive(&candidate(alive, state))
    }
}

/// What the `notify_merge` hook is shown.
pub(super) fn candidates<'c, I, A>(
    states: &'c [RemoteState<'_, I, A>],
) -> Vec<Candidate<'c, I, A>> {
    states.iter().map(|state| candidate(&state.claim, state.state)).collect()
}

fn candidate<'c, I, A>(alive: &'c Alive<'_, I, A>, state: State) -> Candidate<'c, I, A> {
    Candidate { node: &alive.node, meta: &alive.meta, versions: alive.versions, state }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use smol_str::SmolStr;

    use super::*;

    #[test]
    fn the_list_rules_addresses_that_have_an_ip() {
        let local = Admission::new(Cidrs::only(["127.0.0.0/8"]).unwrap());
        let near: SocketAddr = "127.0.0.1:1".parse().unwrap();
        let far: SocketAddr = "10.0.0.1:1".parse().unwrap();
        assert!(local.allows(&near));
        assert!(!local.allows(&far));
        assert!(local.allows_if_any::<SocketAddr>(None));
        assert!(!local.allows_if_any(Some(&far)));
        assert!(local.allows(&SmolStr::new("a name")));
        assert!(Admission::new(Cidrs::any()).allows(&far));
    }
}
