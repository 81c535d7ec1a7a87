//! The hash chain: who meddles with the log is found out.

use std::{fmt, str::FromStr};

use aws_lc_rs::digest::{Context, SHA256};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use sea_orm::{
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    prelude::*,
    sea_query::{Expr, ExprTrait as _},
};

use crate::{
    StoreError, Tx,
    entity::{
        audit_event::{Column, Entity, Model},
        audit_head,
    },
    store::{Connected as _, Read},
};

/// The only chain there is.
const CHAIN: &str = "main";

/// Where the chain ends: whoever keeps this elsewhere finds out if it is rewritten up to
/// here or cut off before. Written as `PLACE:HASH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// The last place.
    pub place: i64,
    /// The hash of that place, which covers all before.
    pub hash: [u8; 32],
}

impl fmt::Display for ChainHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.place, Base64UrlUnpadded::encode_string(&self.hash))
    }
}

/// The text is no head of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write it as it was printed: PLACE:HASH")]
pub struct InvalidHead;

impl FromStr for ChainHead {
    type Err = InvalidHead;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (place, hash) = text.split_once(':').ok_or(InvalidHead)?;
        let mut head = Self { place: place.parse().map_err(|_reason| InvalidHead)?, hash: [0; 32] };
        match Base64UrlUnpadded::decode(hash, &mut head.hash) {
            Ok(bytes) if bytes.len() == 32 && head.place >= 0 => Ok(head),
            Ok(_) | Err(_) => Err(InvalidHead),
        }
    }
}

/// What checking the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Where the chain ends.
    pub head: ChainHead,
    /// How many events hold their place.
    pub verified: u64,
    /// How many wait for their place.
    pub unsealed: u64,
    /// The first place that does not hold, and why.
    pub fault: Option<(i64, ChainFault)>,
}

/// Why a place in the chain does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainFault {
    /// The event was changed, or moved.
    Altered,
    /// The event is not there.
    Missing,
    /// The chain holds, but up to this place it is not the one whose head was kept.
    Rewritten,
}

/// How many events wait for their place in the chain.
///
/// # Errors
///
/// When the database fails.
pub async fn unsealed(db: &impl Read) -> Result<u64, StoreError> {
    Ok(Entity::find().filter(Column::Sequence.is_null()).count(db.conn()).await?)
}

/// Walks the whole chain and checks every place in it, and that it goes on from the head
/// that was `kept`.
///
/// # Errors
///
/// When the database fails.
pub async fn verify(db: &impl Read, kept: Option<ChainHead>) -> Result<ChainReport, StoreError> {
    // A server may be adding to the chain. An event and the head that covers it are committed
    // together, so no event that is seen before the head is read stands behind it, and none
    // up to it is seen too late.
    let last: Option<i64> = Entity::find()
        .select_only()
        .column_as(Column::Sequence.max(), "last")
        .into_tuple::<Option<i64>>()
        .one(db.conn())
        .await?
        .flatten();
    let row = head(db).await?;
    let hash = row.hash.try_into().map_err(|_length| StoreError::Corrupt("audit_head.hash"))?;
    let head = ChainHead { place: row.sequence, hash };
    let mut walk = Walk { head, kept, place: 0, hash: vec![0; 32] };
    let mut fault = walk.run(db).await?;
    if fault.is_none() && last.is_some_and(|last| last > head.place) {
        fault = Some((head.place + 1, ChainFault::Altered));
    }
    let verified = u64::try_from(walk.place).unwrap_or_default();
    Ok(ChainReport { head, verified, unsealed: unsealed(db).await?, fault })
}

/// How far the chain was found to hold.
struct Walk {
    head: ChainHead,
    kept: Option<ChainHead>,
    place: i64,
    hash: Vec<u8>,
}

impl Walk {
    /// Goes to the head, or to the first place that does not hold.
    async fn run(&mut self, db: &impl Read) -> Result<Option<(i64, ChainFault)>, StoreError> {
        const BATCH: u64 = 1000;
        while self.place < self.head.place {
            let rows = Entity::find()
                .filter(Column::Sequence.gt(self.place))
                .filter(Column::Sequence.lte(self.head.place))
                .order_by_asc(Column::Sequence)
                .limit(BATCH)
                .all(db.conn())
                .await?;
            if rows.is_empty() {
                return Ok(Some((self.place + 1, ChainFault::Missing)));
            }
            if let Some(fault) = rows.iter().find_map(|row| self.step(row)) {
                return Ok(Some((self.place + 1, fault)));
            }
        }
        if self.hash != self.head.hash {
            return Ok(Some((self.place, ChainFault::Altered)));
        }
        let is_cut = self.kept.is_some_and(|kept| kept.place > self.head.place);
        Ok(is_cut.then_some((self.head.place + 1, ChainFault::Missing)))
    }

    fn step(&mut self, row: &Model) -> Option<ChainFault> {
        let place = self.place + 1;
        if row.sequence != Some(place) {
            return Some(ChainFault::Missing);
        }
        let hash = chain_hash(&self.hash, place, row);
        if row.hash.as_deref() != Some(hash.as_slice()) {
            return Some(ChainFault::Altered);
        }
        if self.kept.is_some_and(|kept| kept.place == place && kept.hash != *hash) {
            return Some(ChainFault::Rewritten);
        }
        (self.place, self.hash) = (place, hash);
        None
    }
}

async fn head(db: &impl Read) -> Result<audit_head::Model, StoreError> {
    audit_head::Entity::find_by_id(CHAIN)
        .one(db.conn())
        .await?
        .ok_or(StoreError::Corrupt("audit_head.name"))
}

/// Locks the head, moves it `by` places, and gives the new place with the hash
/// of the last one that was taken.
pub(super) async fn advance(tx: &Tx, by: i64) -> Result<(i64, Vec<u8>), StoreError> {
    audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Sequence, Expr::col(audit_head::Column::Sequence).add(by))
        .filter(audit_head::Column::Name.eq(CHAIN))
        .exec(tx.conn())
        .await?;
    let head = head(tx).await?;
    Ok((head.sequence, head.hash))
}

pub(super) async fn set_head(tx: &Tx, hash: &[u8]) -> Result<(), StoreError> {
    audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Hash, Expr::value(hash.to_vec()))
        .filter(audit_head::Column::Name.eq(CHAIN))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// The hash of a place: of the place before it, its number, and all that was written.
pub(super) fn chain_hash(previous: &[u8], sequence: i64, row: &Model) -> Vec<u8> {
    let mut hash = Context::new(&SHA256);
    let mut field = |bytes: Option<&[u8]>| {
        let length = bytes.map_or(u64::MAX, |it| u64::try_from(it.len()).unwrap_or_default());
        hash.update(&length.to_be_bytes());
        hash.update(bytes.unwrap_or_default());
    };
    field(Some(previous));
    field(Some(&sequence.to_be_bytes()));
    field(Some(row.id.as_bytes()));
    field(Some(&row.at.to_be_bytes()));
    for text in [&row.action, &row.outcome, &row.actor_kind, &row.actor_name, &row.surface] {
        field(Some(text.as_bytes()));
    }
    for text in
        [&row.actor_id, &row.target, &row.target_name, &row.reason, &row.address, &row.request_id]
    {
        field(text.as_deref().map(str::as_bytes));
    }
    field(Some(row.details.as_bytes()));
    hash.finish().as_ref().to_vec()
}
