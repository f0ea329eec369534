//! Tokens of the registry's own key, for first steps, operators and tests.

use std::time::Duration;

use jsonwebtoken::{Algorithm, Header};
use serde::Serialize;

use crate::access::local_key::LocalKey;
use crate::access::settings::{AccessSettings, SetupError};
use crate::domain::permission::Scope;
use crate::domain::term::Term;
use crate::domain::text::Text;
use crate::domain::time::Instant;
use crate::text;

/// What a new token shall say.
#[derive(Clone, Debug)]
pub struct TokenOrder {
    pub subject: String,
    pub districts: Vec<String>,
    pub scopes: Vec<Scope>,
    pub lifetime: Duration,
}

#[derive(Serialize)]
struct Claims<'o> {
    iss: &'o str,
    aud: &'o str,
    sub: &'o str,
    iat: i64,
    exp: i64,
    jti: String,
    scope: String,
    districts: &'o [String],
}

/// A token signed by the data folder's key, which is made if there is none.
pub fn mint(settings: &AccessSettings, order: &TokenOrder, now: Instant) -> Result<String, SetupError> {
    let key = LocalKey::open_or_create(&settings.data_dir)?;
    let issued_at = now.0.div_euclid(1_000_000);
    let lifetime = i64::try_from(order.lifetime.as_secs()).unwrap_or(i64::MAX);
    let scopes: Vec<_> = order.scopes.iter().map(|scope| scope.id()).collect();
    let claims = Claims {
        iss: settings.local_issuer(),
        aud: settings.local_audience(),
        sub: &order.subject,
        iat: issued_at,
        exp: issued_at.saturating_add(lifetime),
        jti: uuid::Uuid::now_v7().to_string(),
        scope: scopes.join(" "),
        districts: &order.districts,
    };
    let header = Header {
        kid: Some(key.id()),
        ..Header::new(Algorithm::EdDSA)
    };
    let signing_key = key.signing_key()?;
    jsonwebtoken::encode(&header, &claims, &signing_key).map_err(|error| SetupError(error.to_string()))
}

/// Reads `standards:write audit:read`. Unlike a token's reader this one refuses what it does not know: a misspelt
/// scope would make a token that can do nothing.
pub fn parse_scopes(words: &str) -> Result<Vec<Scope>, Text> {
    words
        .split_ascii_whitespace()
        .map(|word| {
            let choices = Scope::choices();
            Scope::from_id(word).ok_or_else(|| {
                text!(
                    "没有名为 {word:?} 的 scope，可用者：{choices}",
                    "no scope {word:?}, there are: {choices}"
                )
            })
        })
        .collect()
}

/// A century; whatever is meant to last longer is a slip of the hand.
const LONGEST_LIFETIME: u64 = 36_500 * 86_400;

/// Reads `90s`, `15m`, `1h`, `7d`.
pub fn parse_lifetime(words: &str) -> Result<Duration, Text> {
    let digits = words.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = words.split_at_checked(digits).unwrap_or((words, ""));
    let seconds_each = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "" => {
            return Err(text!(
                "{words:?} 缺少单位 s、m、h 或 d",
                "{words:?} lacks its unit: s, m, h or d"
            ));
        }
        other => {
            return Err(text!(
                "{words:?} 中的 {other:?} 不是时长单位，应为整数加 s、m、h 或 d，例如 15m",
                "{other:?} in {words:?} is no unit of time; write a whole number and s, m, h or d, such as 15m"
            ));
        }
    };
    if number.is_empty() {
        return Err(text!("{words:?} 缺少数字", "{words:?} lacks its number"));
    }
    // Digits only: what cannot be read is too large.
    let seconds = number
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(seconds_each));
    match seconds {
        Some(0) => Err(text!(
            "{words:?}：时长须大于零",
            "{words:?}: a lifetime must be above zero"
        )),
        Some(seconds) if seconds <= LONGEST_LIFETIME => Ok(Duration::from_secs(seconds)),
        _ => Err(text!(
            "{words:?} 超过上限 36500d",
            "{words:?} is beyond the limit of 36500d"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_whole_numbers_with_a_unit() {
        for (words, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("1h", 3_600),
            ("7d", 604_800),
            ("36500d", LONGEST_LIFETIME),
        ] {
            assert_eq!(parse_lifetime(words).unwrap(), Duration::from_secs(seconds));
        }
    }

    #[test]
    fn a_wrong_lifetime_says_what_is_wrong() {
        for (words, reason) in [
            ("90", "lacks its unit"),
            ("", "lacks its unit"),
            ("h", "lacks its number"),
            ("1.5h", r#"".5h" in "1.5h" is no unit"#),
            ("1 h", "is no unit"),
            ("-1h", "is no unit"),
            ("1H", "is no unit"),
            ("１h", "is no unit"),
            ("0s", "above zero"),
            ("36501d", "beyond the limit"),
            ("99999999999999999999s", "beyond the limit"),
        ] {
            let said = parse_lifetime(words).unwrap_err().en;
            assert!(said.contains(reason), "{words}: {said}");
        }
    }

    #[test]
    fn a_misspelt_scope_is_refused_with_the_choices() {
        assert_eq!(
            parse_scopes("admin audit:read").unwrap(),
            [Scope::Admin, Scope::AuditRead]
        );
        let said = parse_scopes("standard:write").unwrap_err().en;
        assert!(
            said.contains("standard:write") && said.contains("frameworks:write"),
            "{said}"
        );
    }
}
