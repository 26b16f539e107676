//! Results as people read them: tables, curves and the figures in them.
//!
//! ```text
//!   samples ──► quantile, interval ──► Table ──► Markdown, CSV
//!                                      Plot  ──► SVG
//!                                        └────► Report: one page and its files
//! ```

mod bootstrap;
mod page;
mod plot;
mod quantile;
mod table;

pub use bootstrap::interval;
pub use page::Report;
pub use plot::{Plot, Scale};
pub use quantile::{mean, quantile, sorted};
pub use table::Table;
