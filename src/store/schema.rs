//! The tables, as both databases hold them. Instants are microseconds, days and identifiers are text, hashes are bytes.

diesel::table! {
    log_head (id) {
        id -> Integer,
        origin -> Text,
        epoch -> BigInt,
        size -> BigInt,
        root -> Binary,
        frontier -> Binary,
        last_recorded_at -> BigInt,
    }
}

diesel::table! {
    log_leaf (position) {
        position -> BigInt,
        recorded_at -> BigInt,
        leaf_hash -> Binary,
        envelope -> Binary,
    }
}

diesel::table! {
    log_node (level, node_index) {
        level -> Integer,
        node_index -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    log_hand_over (position) {
        position -> BigInt,
        note -> Text,
    }
}

diesel::table! {
    content (sha256) {
        sha256 -> Binary,
        bytes -> Nullable<Binary>,
        erased_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    redaction (sha256) {
        sha256 -> Binary,
        position -> BigInt,
    }
}

diesel::table! {
    entry_version (from_position) {
        from_position -> BigInt,
        to_position -> Nullable<BigInt>,
        entry_id -> Text,
        kind -> Text,
        revision -> BigInt,
        owner -> Text,
        action -> Text,
        actor -> Text,
        recorded_at -> BigInt,
        withdrawn -> Bool,
        content_sha256 -> Binary,
        note_sha256 -> Binary,
        slug -> Nullable<Text>,
        number -> Nullable<Text>,
        number_undated -> Nullable<Text>,
        sort_number -> Text,
        external_id -> Nullable<Text>,
        plan_number -> Nullable<Text>,
        title -> Text,
        origin -> Nullable<Text>,
        level -> Nullable<Text>,
        mandate -> Nullable<Text>,
        supply -> Nullable<Text>,
        audience -> Nullable<Text>,
        published_on -> Nullable<Text>,
        implemented_on -> Nullable<Text>,
        abolished_on -> Nullable<Text>,
        claimed -> Nullable<Text>,
    }
}

diesel::table! {
    version_term (field, term, from_position) {
        field -> Text,
        term -> Text,
        from_position -> BigInt,
    }
}

diesel::table! {
    version_placement (framework, from_position, ordinal) {
        framework -> Text,
        from_position -> BigInt,
        ordinal -> Integer,
        cell -> Text,
        node -> Nullable<Text>,
    }
}

diesel::table! {
    version_relation (from_position, ordinal) {
        from_position -> BigInt,
        ordinal -> Integer,
        relation_type -> Text,
        extent -> Nullable<Text>,
        target -> Text,
    }
}

diesel::table! {
    version_search (from_position) {
        from_position -> BigInt,
        numbers -> Text,
        title -> Text,
        rest -> Text,
    }
}

diesel::table! {
    division_reach (descendant, ancestor) {
        ancestor -> Text,
        descendant -> Text,
    }
}

diesel::table! {
    setting (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    idempotency (subject, method, path, key) {
        subject -> Text,
        method -> Text,
        path -> Text,
        key -> Text,
        body_sha256 -> Binary,
        created_at -> BigInt,
        answer -> Binary,
    }
}

diesel::table! {
    witnessed (sha256) {
        sha256 -> Binary,
        origin -> Text,
        size -> BigInt,
        root -> Binary,
        note -> Text,
        seen_at -> BigInt,
        covered -> Bool,
    }
}

diesel::table! {
    webhook (id) {
        id -> Text,
        url -> Text,
        description -> Nullable<Text>,
        secret -> Binary,
        disabled -> Bool,
        disabled_why -> Nullable<Text>,
        created_at -> BigInt,
        created_by -> Text,
        announced -> BigInt,
        failing_since -> Nullable<BigInt>,
        revision -> BigInt,
        kind -> Nullable<Text>,
        owner -> Nullable<Text>,
    }
}

diesel::table! {
    webhook_delivery (id) {
        id -> Text,
        webhook_id -> Text,
        position -> BigInt,
        changes_after -> Text,
        created_at -> BigInt,
        status -> Text,
        attempts -> Integer,
        attempted_at -> Nullable<BigInt>,
        response_status -> Nullable<Integer>,
        error -> Nullable<Text>,
        next_attempt_at -> Nullable<BigInt>,
        claimed_until -> BigInt,
        filters -> Text,
    }
}

diesel::joinable!(webhook_delivery -> webhook (webhook_id));

diesel::allow_tables_to_appear_in_same_query!(webhook, webhook_delivery);

diesel::allow_tables_to_appear_in_same_query!(
    log_leaf,
    content,
    entry_version,
    version_term,
    version_placement,
    version_relation,
    version_search,
    division_reach,
);
