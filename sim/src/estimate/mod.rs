//! What a cluster will do before it is deployed: formulas, simulated trials, and a report.
//!
//! ```text
//!   Cluster ──► Forecast: what formulas say ────────────────┐
//!      │                                                    ▼
//!      └──► trials, one for each seed, on all cores ──► Measured ──► report
//! ```
//!
//! | file | what it does |
//! |---|---|
//! | `cluster` | the cluster in question, and its life in a trial |
//! | `forecast` | what formulas say about it |
//! | `trial` | simulates it for one seed |
//! | `measured` | what trials have shown |
//! | `report` | both in words, tables and a plot |
//! | `tune` | the cheapest options that find failures in time |
//! | `candidates` | options that may do so, by formula |
//! | `code` | options as Rust code |
//! | `crew` | work on all cores, with a progress bar |

mod candidates;
mod cluster;
mod code;
mod crew;
mod forecast;
mod measured;
mod report;
mod trial;
mod tune;

pub use candidates::Goal;
pub use cluster::{Cluster, EstimateError, Profile};
pub use code::code;
pub use crew::Crew;
pub use forecast::Forecast;
pub use measured::{Measured, Phase, Times};
pub use report::{json, report};
pub use trial::{estimate, trial};
pub use tune::{Tried, Tuned, tune};
