//! Queries over the tables that hold a user's list of other users and since when they are on it: contacts
//! and blocks.

/// Makes the functions that read and change such a table on this kind of connection. Needs Diesel's prelude
/// and the adapter's own `crate::schema`; `$columns` is what a `$row` is read from.
#[macro_export]
macro_rules! pair_list_queries {
    (
        $connection:ty,
        $table:ident($owner:ident, $other:ident, $time:ident),
        $row:ty = $columns:expr $(,)?
    ) => {
        use crate::schema::$table;

        /// Whether the other is new on the list.
        fn add(
            connection: &mut $connection,
            pair: privet_domain::Pair,
            now: privet_domain::Timestamp,
        ) -> QueryResult<bool> {
            let added = diesel::insert_into($table::table)
                .values((
                    $table::$owner.eq($crate::DbUuid::from(pair.actor())),
                    $table::$other.eq($crate::DbUuid::from(pair.other())),
                    $table::$time.eq($crate::DbTime(now)),
                ))
                .on_conflict_do_nothing()
                .execute(connection)?;
            Ok(added == 1)
        }

        /// What is on the list then, and whether it is new.
        fn add_and_find(
            connection: &mut $connection,
            pair: privet_domain::Pair,
            now: privet_domain::Timestamp,
        ) -> QueryResult<($row, bool)> {
            loop {
                let is_new = add(connection, pair, now)?;
                // Where it stood, it may be taken off the list in between: then it is to be added after all.
                if let Some(row) = find(connection, pair)? {
                    return Ok((row, is_new));
                }
            }
        }

        /// Whether the other was on the list.
        fn remove(connection: &mut $connection, pair: privet_domain::Pair) -> QueryResult<bool> {
            use $crate::erasure::neither_is_being_erased;

            let key: ($crate::DbUuid, $crate::DbUuid) = (pair.actor().into(), pair.other().into());
            let row = $table::table
                .find(key)
                .filter(neither_is_being_erased($table::$owner, $table::$other));
            let removed = diesel::delete(row).execute(connection)?;
            Ok(removed == 1)
        }

        fn find(
            connection: &mut $connection,
            pair: privet_domain::Pair,
        ) -> QueryResult<Option<$row>> {
            use $crate::erasure::neither_is_being_erased;

            let key: ($crate::DbUuid, $crate::DbUuid) = (pair.actor().into(), pair.other().into());
            $table::table
                .find(key)
                .filter(neither_is_being_erased($table::$owner, $table::$other))
                .select($columns)
                .first(connection)
                .optional()
        }

        fn list(
            connection: &mut $connection,
            query: &privet_application::relationships::ListQuery,
        ) -> QueryResult<Vec<$row>> {
            use $crate::erasure::neither_is_being_erased;

            let mut rows = $table::table
                .filter($table::$owner.eq($crate::DbUuid::from(query.owner)))
                .filter(neither_is_being_erased($table::$owner, $table::$other))
                .select($columns)
                .order(($table::$time.desc(), $table::$other.desc()))
                .limit(query.limit.into())
                .into_boxed();
            if let Some(behind) = query.behind {
                rows = rows.filter($crate::behind!($table::$time, $table::$other, behind));
            }
            rows.load(connection)
        }
    };
}

/// What stands behind a position in a list that is ordered by time and id, newest first.
///
/// The first condition says nothing that the others don't. It is what an index can begin at; in front of
/// the other two alone the whole list would be read.
#[macro_export]
macro_rules! behind {
    ($time:expr, $id:expr, $position:expr) => {{
        let position: privet_application::relationships::Position = $position;
        let (at, id) = ($crate::DbTime(position.at), $crate::DbUuid(position.id));
        $time.le(at).and($time.lt(at).or($id.lt(id)))
    }};
}
