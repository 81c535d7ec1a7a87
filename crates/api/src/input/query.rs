//! The parameters of a query: each at most once, none that the operation does not take.

use std::str::FromStr;

use domain::{Id, Identified, Timestamp};
use service::{ListPage, Sort};

use crate::{
    operation::Operation,
    problem::{ApiProblem, Fault, Kind, Place},
};

/// The parameters of a query, all of them known to the operation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the query of a request to `operation`.
    pub(crate) fn read(operation: &Operation, text: &str) -> Result<Self, ApiProblem> {
        let pairs: Vec<(String, String)> = serde_html_form::from_str(text)
            .map_err(|_reason| ApiProblem::new(Kind::BadRequest, "The query cannot be read."))?;
        if pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
            let detail = "The query cannot hold the character U+0000.";
            return Err(ApiProblem::new(Kind::BadRequest, detail));
        }
        let unknown: Vec<Fault> = pairs
            .iter()
            .filter(|(name, _)| !operation.parameters().any(|it| it.name == name))
            .map(|(name, _)| Fault {
                place: Place::Parameter(name.chars().take(100).collect()),
                code: "unknown-parameter",
                detail: "This operation has no such parameter.".to_owned(),
            })
            .collect();
        if !unknown.is_empty() {
            let detail = "The query holds a parameter that is not taken.";
            return Err(ApiProblem::new(Kind::UnknownParameter, detail).with_faults(unknown));
        }
        for (at, (name, value)) in pairs.iter().enumerate() {
            // Taken as left out, a filter without a value would widen what is ended or shown.
            if value.is_empty() {
                let detail = "Send a value, or leave the parameter out.";
                return Err(ApiProblem::parameter(name, "required", detail));
            }
            if pairs.iter().take(at).any(|(other, _)| other == name) {
                return Err(ApiProblem::parameter(name, "one-value", "Send it once."));
            }
        }
        Ok(Self(pairs))
    }

    /// The value of `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(ToOwned::to_owned)
    }

    /// The value of `name` as a `T`; `expected` completes "must be".
    fn read_as<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiProblem> {
        self.get(name)
            .map(|text| {
                read(text).ok_or_else(|| {
                    ApiProblem::parameter(name, "invalid-value", format!("It must be {expected}."))
                })
            })
            .transpose()
    }

    /// The value of `name`, one of the values that the document lists.
    pub(crate) fn one_of<T: FromStr>(&self, name: &str) -> Result<Option<T>, ApiProblem> {
        self.read_as(name, "one of the values that the API document lists", |it| it.parse().ok())
    }

    pub(crate) fn id<T: Identified>(&self, name: &str) -> Result<Option<Id<T>>, ApiProblem> {
        let expected = format!("an identifier that begins with {}_", T::PREFIX);
        self.read_as(name, &expected, |it| Id::parse(it).ok())
    }

    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, ApiProblem> {
        let expected = "a time such as 2026-11-18T11:06:40Z";
        self.read_as(name, expected, Timestamp::parse_rfc3339)
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiProblem> {
        self.read_as(name, "true or false", |it| it.parse().ok())
    }

    /// Which part of the list is wanted.
    pub(crate) fn page(&self) -> Result<ListPage, ApiProblem> {
        let limit = self.read_as("limit", "a number from 1 to 200", |it| {
            it.parse().ok().filter(|limit| (1..=200).contains(limit))
        })?;
        let include = self.read_as("include", "total", |it| (it == "total").then_some(()))?;
        let standard = ListPage::default();
        Ok(ListPage {
            limit: limit.unwrap_or(standard.limit),
            cursor: self.text("cursor"),
            with_total: include.is_some(),
        })
    }

    /// The order that is wanted: a key of `keys`, downwards after a minus sign.
    pub(crate) fn sort<K: Copy>(&self, keys: &[(&str, K)]) -> Result<Option<Sort<K>>, ApiProblem> {
        self.read_as("sort", "one of the values that the API document lists", |text| {
            let (name, descending) =
                text.strip_prefix('-').map_or((text, false), |name| (name, true));
            let (_, by) = keys.iter().find(|(key, _)| *key == name)?;
            Some(Sort { by: *by, descending })
        })
    }

    /// This query from `cursor` on.
    pub(crate) fn encoded_with_cursor(&self, cursor: &str) -> String {
        let pairs = self.0.iter().filter(|(name, _)| name != "cursor");
        let pairs: Vec<(&str, &str)> = pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain([("cursor", cursor)])
            .collect();
        serde_html_form::to_string(pairs).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use domain::{ApplicationType, User};
    use service::applications::ApplicationSort;

    use super::*;
    use crate::v1::applications;

    fn read(text: &str) -> Result<Query, ApiProblem> {
        Query::read(&applications::LIST, text)
    }

    fn place<T: std::fmt::Debug>(result: Result<T, ApiProblem>) -> (Kind, Place) {
        let problem = result.unwrap_err();
        (problem.kind, problem.faults.first().unwrap().place.clone())
    }

    fn named(name: &str) -> Place {
        Place::Parameter(name.to_owned())
    }

    #[test]
    fn unknown_and_repeated_parameters_are_refused() {
        assert_eq!(place(read("typo=1")), (Kind::UnknownParameter, named("typo")));
        assert_eq!(place(read("typo")), (Kind::UnknownParameter, named("typo")));
        assert_eq!(place(read("q=a&q=b")), (Kind::InvalidParameter, named("q")));
        assert_eq!(place(read("type=web&owner=")), (Kind::InvalidParameter, named("owner")));
        assert_eq!(place(read("q")), (Kind::InvalidParameter, named("q")));
    }

    #[test]
    fn values_are_read_as_what_they_are() {
        let query = read("type=web&q=a+b&sort=-created_at&limit=7&include=total").unwrap();

        assert_eq!(query.one_of::<ApplicationType>("type").unwrap(), Some(ApplicationType::Web));
        assert_eq!(query.get("q"), Some("a b"));
        assert_eq!(query.id::<User>("owner").unwrap(), None);
        let page = query.page().unwrap();
        assert_eq!((page.limit, page.with_total), (7, true));
        let sort = query.sort(&[("created_at", ApplicationSort::CreatedAt)]).unwrap().unwrap();
        assert!(sort.descending && sort.by == ApplicationSort::CreatedAt);
    }

    #[test]
    fn values_that_cannot_be_are_refused() {
        for limit in ["0", "201", "-1", "1e9", "x", " 1"] {
            let page = read(&format!("limit={}", limit.replace(' ', "+"))).unwrap().page();
            assert_eq!(place(page), (Kind::InvalidParameter, named("limit")), "{limit}");
        }
        let query = read("type=robot&owner=app_1&sort=(select)&include=all").unwrap();
        assert_eq!(place(query.one_of::<ApplicationType>("type")).1, named("type"));
        assert_eq!(place(query.id::<User>("owner")).1, named("owner"));
        assert_eq!(place(query.sort(&[("name", ())])).1, named("sort"));
        assert_eq!(place(query.page()).1, named("include"));
    }

    #[test]
    fn the_neighbour_keeps_the_filter() {
        let query = read("q=a%26b&cursor=old&limit=5").unwrap();

        assert_eq!(query.encoded_with_cursor("n=w"), "q=a%26b&limit=5&cursor=n%3Dw");
    }
}
