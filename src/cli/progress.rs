//! A progress bar for people, on standard error; nobody sees one in a script.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const SHAPE: &str = "{msg} {wide_bar} {human_pos}/{human_len} {eta}";

/// A bar that is silent unless standard error is a terminal.
pub fn bar(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(SHAPE) {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

/// Moves a bar as a check or rebuild tells how far it has come.
pub fn follow(bar: &ProgressBar) -> impl FnMut(i64, i64) + '_ {
    |done, of| {
        bar.set_length(u64::try_from(of).unwrap_or(0));
        bar.set_position(u64::try_from(done).unwrap_or(0));
    }
}
