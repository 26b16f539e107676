//! Series with the Go library's names, when the feature `metrics` is on; nothing otherwise.

#[cfg(feature = "metrics")]
mod enabled;
#[cfg(feature = "metrics")]
pub(super) use enabled::*;

#[cfg(not(feature = "metrics"))]
mod disabled;
#[cfg(not(feature = "metrics"))]
pub(super) use disabled::*;
