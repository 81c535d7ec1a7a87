//! What is wanted of the list of applications.

use domain::{ApplicationStatus, ApplicationType, Environment, FieldError, Id, Timestamp};
use protocol::GrantType;
use serde::{Deserialize, Serialize};
use service::{
    Sort,
    applications::{ApplicationFilter, ApplicationSort},
};

use crate::{
    address::{Address, Chip},
    form::{check_order, parsed, typed, understood},
    words,
};

/// What the list can be sorted by, the first unless another is asked for.
const SORTS: [(&str, ApplicationSort); 3] = [
    ("name", ApplicationSort::Name),
    ("used", ApplicationSort::LastUsedAt),
    ("created", ApplicationSort::CreatedAt),
];

/// What is wanted of the list, as its form sends it.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    pub(super) q: String,
    pub(super) r#type: String,
    pub(super) grant: String,
    pub(super) status: String,
    pub(super) env: String,
    pub(super) callback: String,
    pub(super) scope: String,
    pub(super) owner: String,
    pub(super) confidential: String,
    pub(super) unused_since: String,
    pub(super) sort: String,
    pub(super) dir: String,
    pub(super) cursor: String,
}

impl ListQuery {
    /// What is asked for, and what of it is not understood.
    pub(super) fn read(&self) -> (ApplicationFilter, Vec<FieldError>) {
        let mut all = Vec::new();
        let errors = &mut all;
        let is_type = "a type of application";
        let is_day = "a day such as 2026-11-18";
        let filter = ApplicationFilter {
            text: typed(&self.q),
            redirect_uri_contains: typed(&self.callback),
            application_type: understood(("type", &self.r#type), is_type, parsed, errors),
            grant_type: understood(("grant", &self.grant), "a grant type", parsed, errors),
            scope: typed(&self.scope),
            status: understood(("status", &self.status), "a status", parsed, errors),
            environment: understood(("env", &self.env), "an environment", parsed, errors),
            owner: understood(("owner", &self.owner), "a user ID", |it| Id::parse(it).ok(), errors),
            confidential: understood(
                ("confidential", &self.confidential),
                "true or false",
                parsed,
                errors,
            ),
            unused_since: understood(("unused_since", &self.unused_since), is_day, day, errors),
        };
        check_order((&self.sort, &self.dir), &SORTS, errors);
        (filter, all)
    }

    pub(super) fn without_hidden(&self) -> Self {
        let none = String::new;
        Self { owner: none(), sort: none(), dir: none(), ..self.clone() }
    }

    pub(super) fn filter(&self) -> ApplicationFilter {
        self.read().0
    }

    pub(super) fn sort(&self) -> (&'static str, Sort<ApplicationSort>) {
        let known = SORTS.into_iter().find(|(name, _)| *name == self.sort);
        let (name, by) = known.unwrap_or(("name", ApplicationSort::Name));
        (name, Sort { by, descending: self.dir == "desc" })
    }

    /// The address that shows this list, without what it does not understand.
    pub(super) fn address(&self) -> Address {
        let filter = self.filter();
        let (sort, order) = self.sort();
        let is_sorted = sort != "name" || order.descending;
        Address::new("/console/applications")
            .with("q", filter.text.unwrap_or_default())
            .with("type", filter.application_type.map_or("", ApplicationType::as_str))
            .with("grant", filter.grant_type.map_or("", GrantType::as_str))
            .with("status", filter.status.map_or("", ApplicationStatus::as_str))
            .with("env", filter.environment.map_or("", Environment::as_str))
            .with("callback", filter.redirect_uri_contains.unwrap_or_default())
            .with("scope", filter.scope.unwrap_or_default())
            .with("owner", filter.owner.map(|it| it.to_string()).unwrap_or_default())
            .with("confidential", filter.confidential.map_or("", true_or_false))
            .with("unused_since", filter.unused_since.map_or("", |_| self.unused_since.trim()))
            .with("sort", if is_sorted { sort } else { "" })
            .with("dir", if order.descending { "desc" } else { "" })
    }

    /// The filters that are on; the owner by the name that the list found.
    pub(super) fn chips(&self, owner: Option<&str>) -> Vec<Chip> {
        let filter = self.filter();
        let here = self.address();
        let quoted = |text: String| format!("“{text}”");
        let chips = [
            filter.text.map(|it| here.chip("q", quoted(it))),
            filter.application_type.map(|it| here.chip("type", words::application_type(it))),
            filter.grant_type.map(|it| here.chip("grant", words::grant(it))),
            filter.status.map(|it| here.chip("status", words::application_status(it).label)),
            filter.environment.map(|it| here.chip("env", words::environment(it))),
            filter
                .redirect_uri_contains
                .map(|it| here.chip("callback", format!("Callback URL with {}", quoted(it)))),
            filter.scope.map(|it| here.chip("scope", format!("Scope {it}"))),
            filter.owner.map(|it| {
                let name = owner.map_or_else(|| it.to_string(), ToOwned::to_owned);
                here.chip("owner", format!("Owner {name}"))
            }),
            filter
                .confidential
                .map(|it| here.chip("confidential", if it { "Confidential" } else { "Public" })),
            filter.unused_since.map(|_| {
                here.chip("unused_since", format!("Unused since {}", self.unused_since.trim()))
            }),
        ];
        chips.into_iter().flatten().collect()
    }
}

/// The same list over the management API.
pub(super) fn api_path(query: &ListQuery) -> String {
    let filter = query.filter();
    Address::new("/applications")
        .with("q", filter.text.unwrap_or_default())
        .with("type", filter.application_type.map_or("", ApplicationType::as_str))
        .with("grant_type", filter.grant_type.map_or("", GrantType::as_str))
        .with("status", filter.status.map_or("", ApplicationStatus::as_str))
        .with("environment", filter.environment.map_or("", Environment::as_str))
        .with("redirect_uri_contains", filter.redirect_uri_contains.unwrap_or_default())
        .with("scope", filter.scope.unwrap_or_default())
        .with("owner", filter.owner.map(|it| it.to_string()).unwrap_or_default())
        .with("confidential", filter.confidential.map_or("", true_or_false))
        .with("unused_since", filter.unused_since.map(Timestamp::to_rfc3339).unwrap_or_default())
        .to_string()
}

/// The beginning of a day, or a moment as the management API writes it.
fn day(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text)
        .or_else(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")))
}

const fn true_or_false(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> ListQuery {
        serde_json::from_value(
            serde_json::to_value(
                pairs.iter().copied().collect::<std::collections::BTreeMap<_, _>>(),
            )
            .unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn what_is_not_understood_is_not_carried_on() {
        let query =
            query(&[("type", "web"), ("status", "nonsense"), ("sort", "name"), ("q", " a ")]);

        assert_eq!(query.address().to_string(), "/console/applications?q=a&type=web");
        assert_eq!(query.chips(None).len(), 2);
        assert_eq!(query.read().1[0].detail, "“nonsense” is not a status.");
    }

    #[test]
    fn every_filter_of_the_api_is_read_told_and_carried_on() {
        let query = query(&[
            ("scope", "photos.read"),
            ("owner", "usr_00000000000000000000000001"),
            ("confidential", "false"),
            ("unused_since", "2026-11-18"),
        ]);

        let (filter, errors) = query.read();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(filter.confidential, Some(false));
        assert_eq!(filter.unused_since, Timestamp::parse_rfc3339("2026-11-18T00:00:00Z"));
        let labels: Vec<_> = query.chips(Some("Dana")).into_iter().map(|it| it.label).collect();
        assert_eq!(
            labels,
            ["Scope photos.read", "Owner Dana", "Public", "Unused since 2026-11-18"]
        );
        assert_eq!(
            query.address().to_string(),
            "/console/applications?scope=photos.read&owner=usr_00000000000000000000000001&confidential=false&unused_since=2026-11-18"
        );
        assert_eq!(
            api_path(&query),
            "/applications?scope=photos.read&owner=usr_00000000000000000000000001&confidential=false&unused_since=2026-11-18T00%3A00%3A00Z"
        );
    }

    #[test]
    fn nothing_that_is_not_understood_is_passed_over() {
        for (name, value) in [
            ("type", "nonsense"),
            ("grant", "implicit"),
            ("env", "staging"),
            ("owner", "dana"),
            ("confidential", "1"),
            ("unused_since", "yesterday"),
            ("sort", "size"),
            ("dir", "up"),
        ] {
            let (_, errors) = query(&[(name, value)]).read();

            assert_eq!(errors.len(), 1, "{name}");
            assert_eq!(errors[0].pointer, format!("#/{name}"));
        }
    }
}
