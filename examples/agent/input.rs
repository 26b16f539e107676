//! Lines and signals, read on threads of their own, so that any runtime can wait for them.

use std::io;
use std::io::BufRead;
use std::process;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;

use async_channel::Receiver;

/// Lines that were read but not yet carried out. A script that writes faster waits.
const LINES_MAX: usize = 64;

/// The status after a second signal, as shells report an interrupted program.
const STATUS_INTERRUPTED: i32 = 130;

/// What reaches the program from outside the cluster.
pub(crate) struct Input {
    /// Lines of standard input; closed at its end.
    pub(crate) lines: Receiver<String>,
    /// Closed by the first SIGTERM or SIGINT. The second ends the program at once.
    pub(crate) stop: Receiver<()>,
}

impl Input {
    /// Starts to read.
    ///
    /// # Errors
    ///
    /// The signals cannot be watched.
    pub(crate) fn open() -> Result<Self, ctrlc::Error> {
        let (lines_in, lines) = async_channel::bounded(LINES_MAX);
        let (stop_in, stop) = async_channel::bounded(1);
        let signalled = AtomicBool::new(false);
        ctrlc::set_handler(move || {
            if signalled.swap(true, Ordering::SeqCst) {
                process::exit(STATUS_INTERRUPTED);
            }
            stop_in.close();
        })?;
        thread::spawn(move || {
            let lines = io::stdin().lock().split(b'\n').map_while(Result::ok);
            for line in lines {
                // A line that is no UTF-8 must not look like the end of the input.
                let text = String::from_utf8_lossy(&line).into_owned();
                if lines_in.send_blocking(text).is_err() {
                    return;
                }
            }
        });
        Ok(Self { lines, stop })
    }
}
