//! The types that one node is made of, under one name.

use core::marker::PhantomData;

use agnostic_lite::RuntimeLite;

use crate::delegate::Delegate;
use crate::transport::{SeedResolver, Transport};
use crate::types::{Address, Id};
use crate::wire::Wire;

/// The types that one node is made of: what the tasks are generic over, and the handle is not.
pub(super) trait Stack: Send + Sync + 'static {
    type Id: Id;
    type Address: Address;
    type Runtime: RuntimeLite;
    type Transport: Transport<Address = Self::Address, Runtime = Self::Runtime>;
    type Wire: Wire<Self::Id, Self::Address>;
    type Delegate: Delegate<Self::Id, Self::Address>;
    type Resolver: SeedResolver<Self::Address>;
}

/// The stack that a builder's parameters make.
pub(super) struct Parts<I, T, W, D, S>(PhantomData<Choices<I, T, W, D, S>>);

type Choices<I, T, W, D, S> = fn() -> (I, T, W, D, S);

impl<I, T, W, D, S> Stack for Parts<I, T, W, D, S>
where
    I: Id,
    T: Transport,
    W: Wire<I, T::Address>,
    D: Delegate<I, T::Address>,
    S: SeedResolver<T::Address>,
{
    type Id = I;
    type Address = T::Address;
    type Runtime = T::Runtime;
    type Transport = T;
    type Wire = W;
    type Delegate = D;
    type Resolver = S;
}
