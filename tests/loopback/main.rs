//! Real nodes on loopback through the public interface: one suite, once per runtime; what streams
//! have to do with, once per layer and runtime.

#![cfg(any(feature = "tokio", feature = "smol", feature = "async-std"))]

mod breaker;
mod cell;
#[cfg(any(feature = "tls", feature = "native-tls"))]
mod certificates;
#[cfg(any(feature = "tls", feature = "native-tls", feature = "quinn", feature = "s2n"))]
mod certs;
mod create;
mod data;
mod hooks;
mod hostile;
mod join;
mod keys;
mod leave;
mod refuse;
mod streams;
mod support;
mod told;

/// Every test of a list, with a layer on tokio.
#[cfg(feature = "tokio")]
macro_rules! on_tokio {
    ([$layer:ty] $($module:ident :: $test:ident,)*) => {
        mod tokio {
            use crate::support::On;
            type Cell = On<memberlist::tokio::Runtime, $layer>;

            $(#[test] fn $test() {
                let runtime = ::tokio::runtime::Runtime::new().expect("a runtime can be made");
                runtime.block_on(crate::$module::$test::<Cell>());
            })*
        }
    };
}

/// Every test of a list, in each cell of a layer and a runtime.
macro_rules! suite {
    ([$layer:ty] $($module:ident :: $test:ident,)*) => {
        #[cfg(feature = "tokio")]
        on_tokio! { [$layer] $($module::$test,)* }

        #[cfg(feature = "smol")]
        mod smol {
            use crate::support::On;
            type Cell = On<memberlist::smol::Runtime, $layer>;

            $(#[test] fn $test() {
                ::smol::block_on(crate::$module::$test::<Cell>());
            })*
        }

        #[cfg(feature = "async-std")]
        mod async_std {
            use memberlist::agnostic::RuntimeLite;
            use memberlist::async_std::Runtime;

            use crate::support::On;
            type Cell = On<Runtime, $layer>;

            $(#[test] fn $test() {
                <Runtime as RuntimeLite>::block_on(crate::$module::$test::<Cell>());
            })*
        }
    };
}

/// What streams have to do with, over each layer.
macro_rules! layered {
    ($layer:ty) => {
        suite! {
            [$layer]
            create::shutdown_is_idempotent_and_frees_both_ports,
            create::dropping_the_last_handle_frees_the_ports,
            create::a_port_in_use_is_an_error_and_harms_nobody,
            join::a_join_makes_two_members_on_both_sides,
            join::one_seed_that_answers_is_enough,
            join::a_seed_that_never_answers_is_an_error_in_time,
            join::a_join_that_is_dropped_is_given_up,
            join::only_those_with_the_same_label_meet,
            join::ipv6_nodes_meet,
            join::sixteen_in_a_row_all_see_all,
            refuse::merge_hooks_refuse_on_both_sides,
            leave::who_leaves_is_known_as_left,
            leave::the_same_handle_joins_again,
            leave::who_is_killed_is_found,
            leave::who_restarts_at_once_is_taken_for_the_new_one,
            leave::shutting_down_while_joining,
            data::metadata_and_its_updates_reach_the_other,
            data::broadcasts_arrive_as_a_set,
            data::states_are_exchanged_both_ways,
            data::messages_go_both_ways_on_both_planes,
            data::pings_bring_a_payload,
            keys::nodes_with_one_key_meet_and_others_are_told_why_not,
            streams::a_message_of_a_megabyte_arrives_whole,
            streams::exchanges_as_large_as_of_two_thousand_members_work,
            streams::five_hundred_silent_ones_delay_nobody,
            streams::a_reset_in_the_middle_of_an_exchange_harms_nobody,
            streams::a_reset_inside_an_encrypted_exchange_harms_nobody,
            streams::the_port_is_taken_again_at_once,
        }
    };
}

/// What certificates have to do with.
#[cfg(any(feature = "tls", feature = "native-tls"))]
macro_rules! certificates {
    ($layer:ty) => {
        suite! {
            [$layer]
            certificates::datagrams_in_the_clear_have_to_be_allowed,
            certificates::another_authority_is_refused_in_words_on_both_sides,
            certificates::another_name_is_refused_in_words_on_both_sides,
            certificates::certificates_are_changed_under_traffic,
        }
    };
}

/// What goes through the builder, over QUIC.
#[cfg(any(feature = "quinn", feature = "s2n"))]
macro_rules! over_quic {
    ($suite:ident, $layer:ty) => {
        $suite! {
            [$layer]
            create::a_new_node_is_a_cluster_of_one,
            create::the_advertised_address_is_what_members_show,
            create::a_port_in_use_is_an_error_and_harms_nobody,
            join::a_join_makes_two_members_on_both_sides,
            join::only_those_with_the_same_label_meet,
            refuse::one_network_may_span_two,
            refuse::who_is_in_no_network_has_no_connection,
            leave::who_leaves_is_known_as_left,
            leave::who_restarts_at_once_is_taken_for_the_new_one,
            data::metadata_and_its_updates_reach_the_other,
            data::broadcasts_arrive_as_a_set,
            keys::nodes_with_one_key_meet_and_others_are_told_why_not,
        }
    };
}

mod tcp {
    layered! { memberlist::net::Tcp }
}

#[cfg(feature = "tls")]
mod tls {
    layered! { memberlist::net::Tls }
}

#[cfg(feature = "native-tls")]
mod native_tls {
    layered! { memberlist::net::NativeTls }
}

#[cfg(feature = "quinn")]
mod quinn {
    over_quic! { suite, crate::cell::Quinn }
}

#[cfg(feature = "s2n")]
mod s2n {
    over_quic! { on_tokio, crate::cell::S2n }
}

#[cfg(feature = "tls")]
mod certificates_of_rustls {
    certificates! { memberlist::net::Tls }
}

#[cfg(feature = "native-tls")]
mod certificates_of_the_system {
    certificates! { memberlist::net::NativeTls }
}

suite! {
    [memberlist::net::Tcp]
    create::protocol_versions_have_a_range,
    create::a_new_node_is_a_cluster_of_one,
    create::the_advertised_address_is_what_members_show,
    create::alone_everything_is_done_at_once,
    join::protocol_versions_that_overlap_meet,
    join::a_hundred_join_one_seed_at_once,
    refuse::one_network_may_span_two,
    refuse::who_is_in_no_network_is_no_member,
    refuse::who_excludes_itself_is_told_at_once,
    refuse::alive_hooks_refuse_without_a_word,
    refuse::a_name_that_is_taken_is_told,
    keys::keys_are_turned_under_traffic,
    leave::a_goodbye_that_nobody_hears_is_an_error,
    leave::leaving_while_a_probe_is_under_way,
    leave::the_survivor_of_two_goes_on,
    data::what_a_hook_adds_to_gossip_arrives_as_a_set,
    data::an_empty_message_is_a_message_in_both_formats,
    data::what_is_too_large_is_refused_with_the_limit,
    told::a_hook_that_sleeps_a_minute_holds_up_nothing,
    told::a_hook_may_call_its_own_node,
    told::a_slow_reader_of_events_gets_the_net_change,
    hostile::noise_in_packets_changes_nothing,
    hostile::damaged_packets_change_nothing,
    hostile::streams_that_hang_or_drip_keep_nobody_out,
    hostile::damaged_streams_change_nothing,
    hostile::thousands_that_connect_and_reset_keep_nobody_out,
}
