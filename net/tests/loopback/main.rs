//! Real sockets on loopback: one suite, once per runtime, and what layers do once per layer too.

#![cfg(any(feature = "tokio", feature = "smol", feature = "async-std"))]

mod datagrams;
#[cfg(feature = "dns")]
mod dns;
mod layers;
mod names;
mod open;
mod streams;
mod support;

/// Every test of the suite, on each runtime; with a layer in front, over that one.
macro_rules! suite {
    ([$layer:ty] $($module:ident :: $test:ident,)*) => {
        suite! { @ $($test { crate::$module::$test::<Rt, $layer>() })* }
    };
    (@ $($test:ident $call:block)*) => {
        #[cfg(feature = "tokio")]
        mod tokio {
            type Rt = agnostic::tokio::TokioRuntime;

            $(#[test] fn $test() {
                ::tokio::runtime::Runtime::new().unwrap().block_on($call);
            })*
        }

        #[cfg(feature = "smol")]
        mod smol {
            type Rt = agnostic::smol::SmolRuntime;

            $(#[test] fn $test() {
                ::smol::block_on($call);
            })*
        }

        #[cfg(feature = "async-std")]
        mod async_std {
            type Rt = memberlist_net::runtime::AsyncStdRuntime;

            $(#[test] fn $test() {
                <Rt as agnostic::RuntimeLite>::block_on($call);
            })*
        }
    };
    ($($module:ident :: $test:ident,)*) => {
        suite! { @ $($test { crate::$module::$test::<Rt>() })* }
    };
}

macro_rules! layered {
    ($layer:ty) => {
        suite! {
            [$layer]
            layers::the_dialling_side_ends_and_is_still_answered,
            layers::what_was_written_arrives_after_the_writer_is_gone,
        }
    };
}

mod over_tcp {
    layered! { memberlist_net::Tcp }
}

#[cfg(feature = "tls-ring")]
mod over_tls {
    layered! { memberlist_net::Tls }
}

#[cfg(feature = "native-tls")]
mod over_native_tls {
    layered! { memberlist_net::NativeTls }
}

suite! {
    datagrams::a_datagram_arrives_with_its_sender,
    datagrams::the_largest_datagram_arrives_and_a_larger_one_is_refused,
    datagrams::a_shorter_limit_holds_both_ways,
    datagrams::empty_datagrams_are_dropped,
    datagrams::all_that_has_arrived_is_read_in_one_go,
    datagrams::more_than_a_task_budget_is_sent_in_one_go,
    datagrams::a_busy_socket_does_not_silence_another,
    datagrams::a_peer_that_is_gone_does_not_stop_the_plane,
    datagrams::strangers_are_dropped_and_counted,
    streams::bytes_go_both_ways_and_each_side_ends_on_its_own,
    streams::nobody_there_is_connection_refused,
    streams::strangers_are_cut_off_and_counted,
    streams::a_thousand_that_connect_and_reset_keep_nobody_out,
    streams::a_silent_handshake_keeps_nobody_out,
    streams::a_failed_handshake_fails_for_good,
    open::port_zero_is_one_port_for_both_planes_and_all_addresses,
    open::a_port_in_use_is_named,
    open::a_port_in_use_for_datagrams_is_named,
    open::a_failed_bind_leaves_nothing_open,
    open::several_addresses_are_all_reached,
    open::ipv6_works,
    open::dual_stack_hears_ipv4_as_ipv4,
    open::dual_stack_steps_back_for_an_ipv4_address,
    open::what_is_told_to_others_is_never_unspecified,
    open::options_out_of_range_are_refused,
    open::shutdown_frees_the_ports_at_once,
    open::shutdown_ends_whoever_waits,
    open::dropping_frees_the_ports,
    names::addresses_need_no_look_up,
    names::a_host_name_gives_each_of_its_addresses_once,
    names::a_name_that_nobody_knows_is_an_error,
    names::a_nodecraft_resolver_plugs_in,
}

#[cfg(feature = "dns")]
mod by_dns {
    suite! {
        dns::a_name_gives_all_its_addresses,
        dns::a_long_answer_comes_over_tcp,
        dns::a_service_gives_its_targets_best_first,
        dns::a_name_without_addresses_is_not_found,
    }
}
