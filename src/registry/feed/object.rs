//! A JSON object put together from parts that are JSON already: stored bytes are spliced in, never parsed again.

use serde_json::Value;

/// An object in the making.
pub struct Object(Vec<u8>);

impl Object {
    pub fn with_capacity(bytes: usize) -> Self {
        let mut object = Vec::with_capacity(bytes);
        object.push(b'{');
        Self(object)
    }

    /// A member whose value is JSON already.
    pub fn raw(&mut self, name: &'static str, json: &[u8]) -> &mut Self {
        self.name(name);
        self.0.extend_from_slice(json);
        self
    }

    /// A member whose text needs no escapes: identifiers, hashes, instants.
    pub fn plain(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.name(name);
        self.0.push(b'"');
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(b'"');
        self
    }

    /// A member with any text.
    pub fn text(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.raw(name, Value::from(text).to_string().as_bytes())
    }

    pub fn integer(&mut self, name: &'static str, number: i64) -> &mut Self {
        self.raw(name, number.to_string().as_bytes())
    }

    pub fn boolean(&mut self, name: &'static str, yes: bool) -> &mut Self {
        self.raw(name, if yes { b"true" } else { b"false" })
    }

    pub fn end(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }

    fn name(&mut self, name: &'static str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_its_members_in_their_order() {
        let mut object = Object::with_capacity(64);
        object
            .plain("id", "a")
            .integer("revision", -3)
            .text("actor", "\"市\"\n")
            .boolean("withdrawn", false)
            .raw("content", br#"{"x":[1]}"#);
        assert_eq!(
            String::from_utf8(object.end()).unwrap(),
            r#"{"id":"a","revision":-3,"actor":"\"市\"\n","withdrawn":false,"content":{"x":[1]}}"#
        );
        assert_eq!(Object::with_capacity(2).end(), b"{}");
    }
}
