//! Hand-overs: the notes by which a key announced the next.

use diesel::prelude::*;

use crate::on;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::schema::log_hand_over;

/// The note that vouches for the key leaf at a position.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = log_hand_over)]
pub struct HandOver {
    pub position: i64,
    pub note: String,
}

pub fn keep(conn: &mut Conn, hand_over: &HandOver) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(log_hand_over::table).values(hand_over).execute(c))?;
    Ok(())
}

/// All of them, in the order of the log.
pub fn all(conn: &mut Conn) -> Result<Vec<HandOver>, StoreError> {
    on!(conn, c => log_hand_over::table.order(log_hand_over::position).load(c)).map_err(StoreError::from)
}
