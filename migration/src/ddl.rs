//! Plain DDL with the few words that differ between the databases filled in.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// Runs `statements` in order.
///
/// `{uuid}`, `{text}`, `{bytes}` and `{zero}` stand for an identifier, text that
/// compares byte for byte, bytes, and 32 zero bytes.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
    let words = if sqlite {
        [("{uuid}", "blob"), ("{text}", "text"), ("{bytes}", "blob"), ("{zero}", "zeroblob(32)")]
    } else {
        [
            ("{uuid}", "uuid"),
            ("{text}", "text COLLATE \"C\""),
            ("{bytes}", "bytea"),
            ("{zero}", "decode(repeat('00', 32), 'hex')"),
        ]
    };
    for statement in statements {
        let filled =
            words.iter().fold((*statement).to_owned(), |sql, (word, with)| sql.replace(word, with));
        manager.get_connection().execute_unprepared(&filled).await?;
    }
    Ok(())
}

/// Drops `tables` in order.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    for table in tables {
        manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
    }
    Ok(())
}
