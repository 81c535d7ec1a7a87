//! Pages of lists, and the cursors that lead through them.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use domain::{HandleKeys, Id, Identified};
use serde::{Deserialize, Serialize};
use store::{
    Page, PageRequest,
    repo::{
        keyset::{Position, SortKey},
        page::Direction,
    },
};

use crate::Problem;

/// The most items of a page.
pub const MAX_LIMIT: u32 = 200;
/// Lists are not counted beyond this.
pub const MAX_TOTAL: u64 = 10_000;
const DEFAULT_LIMIT: u32 = 50;
const PURPOSE: &str = "cursor";
const TAG_LEN: usize = 16;

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// The most items to return, 1 to [`MAX_LIMIT`].
    pub limit: u32,
    /// Where to go on: a cursor of the same list.
    pub cursor: Option<String>,
    /// Whether to count the whole list.
    pub with_total: bool,
}

impl Default for ListPage {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, cursor: None, with_total: false }
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sort<K> {
    /// What it is sorted by.
    pub by: K,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// Part of a list.
#[derive(Debug, Clone)]
pub struct Listing<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Leads to the items after these.
    pub next_cursor: Option<String>,
    /// Leads to the items before these.
    pub prev_cursor: Option<String>,
    /// The most items that were asked for.
    pub limit: u32,
    /// How many items the whole list has, up to [`MAX_TOTAL`], if that was asked for.
    pub total: Option<u64>,
}

impl<T> Listing<T> {
    /// The same page of other items.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Listing<U> {
        Listing {
            items: self.items.into_iter().map(convert).collect(),
            next_cursor: self.next_cursor,
            prev_cursor: self.prev_cursor,
            limit: self.limit,
            total: self.total,
        }
    }
}

/// What a cursor says. Its code binds it to the list it was made for, so that
/// it leads nowhere in another list, filter or order.
#[derive(Serialize, Deserialize)]
struct CursorBody {
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(rename = "n", skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    #[serde(rename = "i")]
    id: String,
    #[serde(rename = "b")]
    before: bool,
}

/// Makes and reads the cursors of one list with one filter and order.
pub(crate) struct Cursors<'a> {
    handles: &'a HandleKeys,
    list: String,
}

impl<'a> Cursors<'a> {
    /// `list` says which list, filter and order it is; it is not told to anyone.
    pub(crate) const fn new(handles: &'a HandleKeys, list: String) -> Self {
        Self { handles, list }
    }

    /// What to ask the database for.
    pub(crate) fn request<T: Identified>(
        &self,
        page: &ListPage,
    ) -> Result<PageRequest<Position<T>>, Problem> {
        if !(1..=MAX_LIMIT).contains(&page.limit) {
            let detail = format!("Choose between 1 and {MAX_LIMIT}.");
            return Err(Problem::field("limit", "range", detail));
        }
        let from = match &page.cursor {
            None => None,
            Some(text) => Some(self.read(text).ok_or_else(|| {
                let detail = "The cursor does not belong to this list. Start again without it.";
                Problem::field("cursor", "invalid-cursor", detail)
            })?),
        };
        Ok(PageRequest { limit: u64::from(page.limit), from })
    }

    /// The page with its cursors; `position` tells where an item stands.
    pub(crate) fn listing<T, I: Identified>(
        &self,
        page: Page<T>,
        limit: u32,
        total: Option<u64>,
        position: impl Fn(&T) -> Position<I>,
    ) -> Listing<T> {
        let prev_cursor = page
            .items
            .first()
            .filter(|_| page.has_previous)
            .map(|it| self.write(&position(it), true));
        let next_cursor =
            page.items.last().filter(|_| page.has_next).map(|it| self.write(&position(it), false));
        Listing { items: page.items, next_cursor, prev_cursor, limit, total }
    }

    fn write<T: Identified>(&self, position: &Position<T>, before: bool) -> String {
        let (text, number) = match &position.key {
            SortKey::Text(text) => (Some(text.clone()), None),
            SortKey::Number(number) => (None, Some(*number)),
            SortKey::IdAlone => (None, None),
        };
        let body = CursorBody { text, number, id: position.id.to_string(), before };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut bytes = self.tag(&body);
        bytes.extend(body);
        Base64UrlUnpadded::encode_string(&bytes)
    }

    fn read<T: Identified>(&self, text: &str) -> Option<(Position<T>, Direction)> {
        let bytes = Base64UrlUnpadded::decode_vec(text).ok()?;
        let (tag, body) = bytes.split_at_checked(TAG_LEN)?;
        if self.tag(body) != tag {
            return None;
        }
        let body: CursorBody = serde_json::from_slice(body).ok()?;
        let key = match (body.text, body.number) {
            (Some(text), _) => SortKey::Text(text),
            (None, Some(number)) => SortKey::Number(number),
            (None, None) => SortKey::IdAlone,
        };
        let direction = if body.before { Direction::Before } else { Direction::After };
        Some((Position { key, id: Id::parse(&body.id).ok()? }, direction))
    }

    /// A cursor opens nothing that its reader may not list anyway, so comparing
    /// its code in variable time gives nothing away that matters.
    fn tag(&self, body: &[u8]) -> Vec<u8> {
        let data = [self.list.as_bytes(), &[0], body].concat();
        let mut tag = self.handles.mac(PURPOSE, &data).to_vec();
        tag.truncate(TAG_LEN);
        tag
    }
}
