//! The delegate that does nothing.

use super::{
    AliveDelegate, ConflictDelegate, EventDelegate, MergeDelegate, NodeDelegate, PingDelegate,
};
use crate::types::{Address, Id};

/// Believes every claim, adds nothing and hears nothing. What a node has when none is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoidDelegate;

impl<I: Id, A: Address> AliveDelegate<I, A> for VoidDelegate {}
impl<I: Id, A: Address> MergeDelegate<I, A> for VoidDelegate {}
impl<I: Id, A: Address> NodeDelegate<I, A> for VoidDelegate {
    const BROADCASTS: bool = false;
}

impl<I: Id, A: Address> EventDelegate<I, A> for VoidDelegate {}
impl<I: Id, A: Address> ConflictDelegate<I, A> for VoidDelegate {}
impl<I: Id, A: Address> PingDelegate<I, A> for VoidDelegate {
    const COMPLETIONS: bool = false;
}
