//! Real sockets on loopback: one suite, once per library and runtime.

// Raw clients are quinn's, whatever they talk to.
#![cfg(all(feature = "quinn", any(feature = "tokio", feature = "smol", feature = "async-std")))]

mod certificates;
mod cluster;
mod connections;
mod hostile;
mod planes;
mod refused;
mod reload;
mod support;
mod usurpers;

/// Every test of the suite, in one cell of library and runtime.
macro_rules! suite {
    ($($module:ident :: $test:ident,)*) => {
        #[cfg(all(feature = "quinn", feature = "tokio"))]
        mod quinn_tokio {
            $(#[test] fn $test() {
                ::tokio::runtime::Runtime::new().unwrap().block_on(
                    crate::$module::$test::<crate::support::Quinn<agnostic::tokio::TokioRuntime>>(),
                );
            })*
        }

        #[cfg(all(feature = "quinn", feature = "smol"))]
        mod quinn_smol {
            $(#[test] fn $test() {
                ::smol::block_on(
                    crate::$module::$test::<crate::support::Quinn<agnostic::smol::SmolRuntime>>(),
                );
            })*
        }

        #[cfg(all(feature = "quinn", feature = "async-std"))]
        mod quinn_async_std {
            use memberlist_net::runtime::AsyncStdRuntime;

            $(#[test] fn $test() {
                <AsyncStdRuntime as agnostic::RuntimeLite>::block_on(
                    crate::$module::$test::<crate::support::Quinn<AsyncStdRuntime>>(),
                );
            })*
        }

        #[cfg(feature = "s2n")]
        mod s2n_tokio {
            $(#[test] fn $test() {
                ::tokio::runtime::Runtime::new().unwrap().block_on(
                    crate::$module::$test::<crate::support::S2n>(),
                );
            })*
        }
    };
}

suite! {
    planes::datagrams_and_streams_share_one_connection,
    planes::a_datagram_may_have_so_many_bytes_and_no_more,
    planes::each_side_ends_a_stream_on_its_own,
    planes::nothing_is_readable_on_the_wire,
    connections::two_that_dial_at_once_end_with_one_connection,
    connections::an_idle_connection_is_closed_and_opened_again,
    connections::a_peer_that_restarts_is_met_again_at_once,
    connections::the_idlest_gives_way,
    connections::shutdown_frees_the_port_whoever_holds_a_stream,
    connections::who_waits_hears_of_the_shutdown,
    connections::nobody_there_is_told_in_time,
    connections::options_that_let_nobody_in_are_refused,
    refused::a_certificate_of_another_authority,
    refused::no_certificate,
    refused::a_certificate_of_another_name,
    refused::who_is_not_allowed_gets_no_answer,
    reload::new_ones_are_shown_and_open_connections_live_on,
    reload::authorities_are_changed_in_three_steps,
    reload::what_was_made_by_hand_is_taken_or_refused,
    hostile::five_hundred_that_begin_and_fall_silent,
    hostile::noise_is_dropped,
    hostile::who_greets_badly_is_cut_off,
    hostile::who_does_not_greet_is_cut_off,
    usurpers::who_connects_again_and_again_holds_two,
    usurpers::what_was_replaced_ends_with_its_streams_or_without,
    usurpers::what_was_replaced_takes_no_streams,
    usurpers::who_names_the_port_of_another_is_refused,
    usurpers::who_holds_the_port_may_change_its_certificate,
    cluster::join_update_leave_and_come_back,
    cluster::who_vanishes_is_found,
    cluster::a_megabyte_and_many_broadcasts,
    cluster::two_thousand_members_are_told_at_once,
    cluster::another_label_is_refused,
    cluster::a_connection_that_breaks_in_an_exchange,
    cluster::nobody_speaks_for_another,
}
