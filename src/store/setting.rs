//! What a database remembers about itself, by name.

use diesel::prelude::*;

use crate::on;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::schema::setting;

pub fn read(conn: &mut Conn, name: &str) -> Result<Option<String>, StoreError> {
    on!(conn, c => setting::table
        .find(name)
        .select(setting::value)
        .first(c)
        .optional())
    .map_err(StoreError::from)
}

pub fn write(conn: &mut Conn, name: &str, value: &str) -> Result<(), StoreError> {
    remove(conn, name)?;
    let fact = (setting::name.eq(name), setting::value.eq(value));
    on!(conn, c => diesel::insert_into(setting::table).values(&fact).execute(c))?;
    Ok(())
}

pub fn remove(conn: &mut Conn, name: &str) -> Result<(), StoreError> {
    on!(conn, c => diesel::delete(setting::table.find(name)).execute(c))?;
    Ok(())
}
