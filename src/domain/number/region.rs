//! Whose a local standard is: the division codes and older signs that its number carries.

/// Province codes of GB/T 2260 with the one-character names that local metrological regulations carry.
const PROVINCES: [(&str, &str); 34] = [
    ("11", "京"),
    ("12", "津"),
    ("13", "冀"),
    ("14", "晋"),
    ("15", "蒙"),
    ("21", "辽"),
    ("22", "吉"),
    ("23", "黑"),
    ("31", "沪"),
    ("32", "苏"),
    ("33", "浙"),
    ("34", "皖"),
    ("35", "闽"),
    ("36", "赣"),
    ("37", "鲁"),
    ("41", "豫"),
    ("42", "鄂"),
    ("43", "湘"),
    ("44", "粤"),
    ("45", "桂"),
    ("46", "琼"),
    ("50", "渝"),
    ("51", "川"),
    ("52", "黔"),
    ("53", "滇"),
    ("54", "藏"),
    ("61", "陕"),
    ("62", "甘"),
    ("63", "青"),
    ("64", "宁"),
    ("65", "新"),
    ("71", "台"),
    ("81", "港"),
    ("82", "澳"),
];

/// Provinces whose construction standards are numbered by a sign older than, and unlike, their division code.
const CONSTRUCTION_SIGNS: [(&str, &str); 7] = [
    ("01", "11"),
    ("03", "15"),
    ("04", "14"),
    ("08", "31"),
    ("13", "35"),
    ("14", "37"),
    ("15", "44"),
];

/// The six-digit division code for the two, four or six digits after `DB`.
pub(super) fn division(digits: &str) -> Option<String> {
    let province = digits.get(..2)?;
    let known = PROVINCES.iter().any(|(code, _)| *code == province);
    (known && matches!(digits.len(), 2 | 4 | 6)).then(|| format!("{digits:0<6}"))
}

/// The division behind the sign that leads a construction standard's serial: `15` in DBJ/T 15-51-2020.
pub(super) fn by_construction_sign(sign: &str) -> Option<String> {
    let older = CONSTRUCTION_SIGNS.iter().find(|(older, _)| *older == sign);
    division(older.map_or(sign, |(_, code)| code))
}

/// The division behind the name in `JJF(鲁)`.
pub(super) fn by_short_name(name: &str) -> Option<String> {
    let (code, _) = PROVINCES.iter().find(|(_, short)| *short == name)?;
    division(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn construction_signs_are_not_division_codes() {
        assert_eq!(by_construction_sign("13").as_deref(), Some("350000"));
        assert_eq!(by_construction_sign("50").as_deref(), Some("500000"));
        assert_eq!(by_construction_sign("99"), None);
        assert_eq!(division("3702").as_deref(), Some("370200"));
        assert_eq!(division("370"), None);
        assert_eq!(by_short_name("鲁").as_deref(), Some("370000"));
    }
}
