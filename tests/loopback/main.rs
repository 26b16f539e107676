//! Real nodes on loopback through the public interface: one suite, once per runtime.

#![cfg(any(feature = "tokio", feature = "smol", feature = "async-std"))]

mod create;
mod join;
mod support;

/// Every test of the suite, on each runtime.
macro_rules! suite {
    ($($module:ident :: $test:ident,)*) => {
        #[cfg(feature = "tokio")]
        mod tokio {
            $(#[test] fn $test() {
                let runtime = ::tokio::runtime::Runtime::new().expect("a runtime can be made");
                runtime.block_on(crate::$module::$test::<memberlist::tokio::Runtime>());
            })*
        }

        #[cfg(feature = "smol")]
        mod smol {
            $(#[test] fn $test() {
                ::smol::block_on(crate::$module::$test::<memberlist::smol::Runtime>());
            })*
        }

        #[cfg(feature = "async-std")]
        mod async_std {
            use memberlist::agnostic::RuntimeLite;
            use memberlist::async_std::Runtime;

            $(#[test] fn $test() {
                <Runtime as RuntimeLite>::block_on(crate::$module::$test::<Runtime>());
            })*
        }
    };
}

suite! {
    create::protocol_versions_have_a_range,
    create::a_new_node_is_a_cluster_of_one,
    create::the_advertised_address_is_what_members_show,
    create::shutdown_is_idempotent_and_frees_both_ports,
    create::dropping_the_last_handle_frees_the_ports,
    create::a_port_in_use_is_an_error_and_harms_nobody,
    create::alone_everything_is_done_at_once,
    join::a_join_makes_two_members_on_both_sides,
    join::one_seed_that_answers_is_enough,
    join::a_seed_that_never_answers_is_an_error_in_time,
    join::a_join_that_is_dropped_is_given_up,
    join::only_those_with_the_same_label_meet,
    join::protocol_versions_that_overlap_meet,
    join::ipv6_nodes_meet,
    join::sixteen_in_a_row_all_see_all,
    join::a_hundred_join_one_seed_at_once,
}
