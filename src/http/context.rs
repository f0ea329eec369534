//! The time a read asks for, as its request says it.

use actix_web::HttpRequest;

use crate::http::params::Params;
use crate::registry::moment::ReadAt;
use crate::text;

pub const MIN_POSITION: &str = "Min-Position";

/// Reads `as_of`, `valid_at` and `Min-Position`; faults are gathered in `params`.
pub fn read_at(request: &HttpRequest, params: &mut Params) -> ReadAt {
    ReadAt {
        as_of: params.as_of("as_of"),
        valid_at: params.date("valid_at"),
        min_position: min_position(request, params),
    }
}

/// For reads whose own parameters say which part of the log they are about.
pub fn min_position(request: &HttpRequest, params: &mut Params) -> Option<i64> {
    let sent = request.headers().get(MIN_POSITION)?;
    let digits = sent
        .to_str()
        .ok()
        .filter(|words| !words.is_empty() && words.bytes().all(|b| b.is_ascii_digit()));
    let position = digits.and_then(|digits| digits.parse().ok());
    if position.is_none() {
        params.faults.push(
            MIN_POSITION,
            "not_a_position",
            text!("应为日志位置（数字）", "must be a log position (digits)"),
        );
    }
    position
}
