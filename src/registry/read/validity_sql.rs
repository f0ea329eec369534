//! Validity as an SQL expression, for filters and counts over many rows. A test holds it equal to the pure rule.

use chrono::NaiveDate;

use crate::registry::read::At;
use crate::store::sql::Sql;

/// Adds an expression for the validity of `v` on a day: an identifier, or null for what does not exist yet or was erased.
pub fn push(sql: &mut Sql, at: At, day: NaiveDate) {
    push_judged(sql, at, day, "");
}

/// The same for statements that judge every row there is. Most rows are replaced by nothing: what any row replaces is
/// gathered once, so that who replaces it is asked for those alone.
pub fn push_for_all(sql: &mut Sql, at: At, day: NaiveDate) {
    const REPLACED: &str =
        "SELECT target FROM version_relation WHERE relation_type = 'replaces' AND extent = 'whole'";
    let is_replaced = format!("(v.entry_id IN ({REPLACED}) OR v.number IN ({REPLACED})) AND ");
    push_judged(sql, at, day, &is_replaced);
}

/// `first` is asked before it is asked who replaces a row.
fn push_judged(sql: &mut Sql, at: At, day: NaiveDate, first: &str) {
    let day = day.to_string();
    sql.bind(
        &format!(
            "CASE WHEN COALESCE(v.supply, '') <> 'existing' THEN NULL \
             WHEN v.abolished_on <= ? THEN CASE WHEN {first}EXISTS ("
        ),
        [day.as_str()],
    );
    push_successor(sql, at);
    sql.push(&format!(
        ") THEN 'superseded' ELSE 'abolished' END WHEN v.abolished_on IS NULL AND {first}EXISTS ("
    ));
    push_successor(sql, at);
    sql.bind(
        " AND s.implemented_on <= ?) THEN 'superseded' \
         WHEN v.implemented_on <= ? THEN 'in_force' \
         WHEN v.published_on <= ? AND v.implemented_on > ? THEN 'upcoming' \
         ELSE COALESCE(v.claimed, 'unknown') END",
        [day.as_str(), &day, &day, &day],
    );
}

/// A row of the same owner or of one above it that replaces `v` as a whole.
fn push_successor(sql: &mut Sql, at: At) {
    sql.push(
        "SELECT 1 FROM version_relation r \
         JOIN entry_version s ON s.from_position = r.from_position \
         JOIN division_reach d ON d.ancestor = s.owner AND d.descendant = v.owner \
         WHERE r.target IN (v.entry_id, v.number) AND r.relation_type = 'replaces' AND r.extent = 'whole' \
         AND s.entry_id <> v.entry_id AND NOT s.withdrawn AND ",
    );
    at.holds(sql, "s");
}
