//! The history of the schema, one area or one change a file; frozen once released.

mod ddl;
mod m20261121_000001_applications;
mod m20261121_000002_resources;
mod m20261121_000003_people;
mod m20261121_000004_grants;
mod m20261121_000005_platform;
mod m20261121_000006_audit;
mod m20261121_000007_outbox;
mod m20261121_000010_device_authorization;

use sea_orm_migration::MigrationTrait;
pub use sea_orm_migration::MigratorTrait;

/// Every migration, the oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_applications::Migration),
            Box::new(m20261121_000002_resources::Migration),
            Box::new(m20261121_000003_people::Migration),
            Box::new(m20261121_000004_grants::Migration),
            Box::new(m20261121_000005_platform::Migration),
            Box::new(m20261121_000006_audit::Migration),
            Box::new(m20261121_000007_outbox::Migration),
            Box::new(m20261121_000010_device_authorization::Migration),
        ]
    }
}
