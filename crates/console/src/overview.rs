//! The first page: figures, what needs attention, what changed, the first steps.

mod chart;
mod events;

use domain::{AuditEvent, Permission, Timestamp};
use serde::{Deserialize, Serialize};
use service::overview::{self, Activity, Checklist, Finding, Overview};
use web::{Page, Query};

use crate::{
    address::Address,
    code::{Command, Sample},
    failure::Answer,
    guard::{Desk, Visitor},
    words,
};
use chart::Chart;

/// So many findings are shown at once.
const SHOWN_FINDINGS: usize = 5;

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct OverviewPage {
    lead: String,
    /// `24h` or `7d`.
    range: &'static str,
    figures: Vec<Figure>,
    chart: Option<Chart>,
    findings: Option<Findings>,
    changes: Vec<Change>,
    steps: Vec<Step>,
    may_register: bool,
    samples: Vec<Sample>,
}

impl Page for OverviewPage {
    const TEMPLATE: &'static str = "console/overview.html";
}

#[derive(Debug, Serialize)]
struct Figure {
    label: &'static str,
    value: i64,
    note: String,
}

/// What needs attention, for those who may know.
#[derive(Debug, Serialize)]
struct Findings {
    shown: Vec<Row>,
    /// Those that are shown when asked for.
    more: Vec<Row>,
    /// What was looked at and is as it should be, when nothing is found.
    none: &'static str,
}

/// Something that needs attention, and where it is mended.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Row {
    kind: &'static str,
    icon: &'static str,
    tag: &'static str,
    at: Option<Timestamp>,
    text: String,
    href: String,
    fix: &'static str,
}

/// Something that an administrator changed.
#[derive(Debug, Serialize)]
struct Change {
    at: Timestamp,
    who: String,
    what: &'static str,
    target: String,
    href: String,
}

/// One of the first steps.
#[derive(Debug, Serialize)]
struct Step {
    done: bool,
    label: &'static str,
    href: String,
    hint: &'static str,
}

/// How far back the chart goes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RangeQuery {
    range: String,
}

/// `GET /console`.
pub(crate) async fn show(visitor: Visitor, Query(query): Query<RangeQuery>) -> Answer {
    let overview = overview::show(&visitor.service, &visitor.call).await?;
    let mut page = page(&visitor, &overview);
    if query.range == "7d" {
        page.range = "7d";
        let week = overview::last_week(&visitor.service, &visitor.call).await?;
        page.chart = week.map(|it| Chart::of(&it.hours));
    }
    visitor.show(&page)
}

fn page(desk: &Desk, overview: &Overview) -> OverviewPage {
    let steps = overview.checklist.as_ref().filter(|it| !it.is_done());
    OverviewPage {
        lead: overview.findings.as_deref().map_or_else(String::new, lead),
        range: "24h",
        figures: figures(overview),
        chart: overview.activity.as_ref().map(|it| Chart::of(&it.hours)),
        findings: overview.findings.as_deref().map(|it| findings(desk, it)),
        changes: overview.recent_changes.iter().map(change).collect(),
        steps: steps.map(steps_of).unwrap_or_default(),
        may_register: desk.may(Permission::AppsWrite),
        samples: vec![
            Command::get(&desk.config, "List applications", "/applications"),
            Command::get(&desk.config, "List events", "/audit-events"),
        ],
    }
}

fn lead(findings: &[Finding]) -> String {
    match u64::try_from(findings.len()).unwrap_or(u64::MAX) {
        0 => "Nothing needs attention.".to_owned(),
        1 => "1 finding needs a look.".to_owned(),
        number => format!("{} need a look.", words::count(number, "finding", "findings")),
    }
}

fn findings(desk: &Desk, found: &[Finding]) -> Findings {
    let mut shown: Vec<Row> = found.iter().map(finding).collect();
    let more = shown.split_off(shown.len().min(SHOWN_FINDINGS));
    let none = if desk.call.owner_seen().is_some() {
        "Every application of yours has keys that work and a way to get tokens."
    } else {
        "Every application has an owner, keys that work and a way to get tokens."
    };
    Findings { shown, more, none }
}

/// What happened in a day where the viewer may know, then what there is; four at most.
fn figures(overview: &Overview) -> Vec<Figure> {
    let number = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
    let figure = |label, value: Option<u64>, note: &str| {
        value.map(|it| Figure { label, value: number(it), note: note.to_owned() })
    };
    let day = |read: fn(&Activity) -> u64| overview.activity.as_ref().map(read);
    let all = [
        figure("Tokens issued", day(|it| it.issued), "in 24 hours"),
        figure("Sign-ins", day(|it| it.sign_ins), "in 24 hours"),
        figure("Refused requests", day(|it| it.refused), "in 24 hours"),
        figure("Live grants", overview.live_grants, "that still count"),
        figure("Applications", overview.applications, "registered"),
        figure("Users", overview.users, "with an account"),
        figure("APIs", overview.resources, "registered"),
    ];
    all.into_iter().flatten().take(4).collect()
}

fn finding(finding: &Finding) -> Row {
    let of_client = |client: &service::named::ClientName, section: &str| {
        let path = format!("/console/applications/{}/{section}", client.application.id);
        Address::new(path).with("env", client.environment.as_str()).to_string()
    };
    let row = |(kind, icon, tag), text: String, href, fix| Row {
        kind,
        icon,
        tag,
        at: None,
        text,
        href,
        fix,
    };
    match finding {
        Finding::SecretExpires { client, label, expires_at, .. } => {
            let what =
                if label.is_empty() { "A secret".to_owned() } else { format!("“{label}”") };
            let text = format!("{what} of {} expires", client.application.name);
            let fix = "Rotate it with 24 h overlap";
            Row {
                at: Some(*expires_at),
                ..row(("warn", "key", ""), text, of_client(client, "keys"), fix)
            }
        }
        Finding::SecretMissing(client) => {
            let environment = words::environment(client.environment).to_lowercase();
            let text =
                format!("{} has no {environment} secret that works", client.application.name);
            row(("danger", "warn", "High"), text, of_client(client, "keys"), "Generate a secret")
        }
        Finding::NoGrant(client) => {
            let text = format!("{} can get no token yet", client.application.name);
            let fix = "Add a callback URL and turn a grant on";
            row(("warn", "warn", "Unfinished"), text, of_client(client, "grants"), fix)
        }
        Finding::Disabled(application) => {
            let href = format!("/console/applications/{}/danger", application.id);
            let text = format!("{} is disabled", application.name);
            row(("info", "info", "Low"), text, href, "Enable or delete it")
        }
        Finding::NoOwner(application) => {
            let href = format!("/console/applications/{}/settings", application.id);
            let text = format!("Nobody answers for {}", application.name);
            row(("info", "info", "Low"), text, href, "It has no owner")
        }
    }
}

fn change(event: &AuditEvent) -> Change {
    let target = event.target.clone().unwrap_or_default();
    let href = match target.split_once('_').map(|(kind, _)| kind) {
        Some("app") => format!("/console/applications/{target}"),
        Some("res") => format!("/console/resources/{target}"),
        Some("usr") => format!("/console/users/{target}"),
        Some(_) | None => String::new(),
    };
    Change {
        at: event.at,
        who: event.actor.name.clone(),
        what: events::words(event.action),
        href: if events::leaves_nothing(event.action) { String::new() } else { href },
        target: event.target_name.clone().unwrap_or(target),
    }
}

fn steps_of(list: &Checklist) -> Vec<Step> {
    let step = |done, label, href: &str, hint| Step { done, label, href: href.to_owned(), hint };
    let commands = list.application.as_ref().map_or_else(
        || "/console/applications/new".to_owned(),
        |it| format!("/console/applications/{}/keys#terminal-h", it.id),
    );
    vec![
        step(
            list.application.is_some(),
            "Register an application",
            "/console/applications/new",
            "It gets a client ID and a secret at once.",
        ),
        step(
            list.token,
            "Get a first token",
            &commands,
            "The keys page of an application shows the commands for a terminal.",
        ),
        step(
            list.resource,
            "Describe an API",
            "/console/resources/new",
            "So that its scopes can be asked for.",
        ),
        step(list.user, "Add a person", "/console/users/new", "Somebody who signs in."),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_viewer_may_not_know_makes_room_for_what_they_may() {
        let mut overview =
            Overview { applications: Some(6), resources: Some(2), ..Overview::default() };
        let labels = |it: &Overview| figures(it).iter().map(|it| it.label).collect::<Vec<_>>();
        assert_eq!(labels(&overview), ["Applications", "APIs"]);

        overview.activity = Some(Activity { issued: 5, ..Activity::default() });
        overview.live_grants = Some(3);

        assert_eq!(
            labels(&overview),
            ["Tokens issued", "Sign-ins", "Refused requests", "Live grants"]
        );
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;
    use service::overview::ActivityHour;

    use super::*;
    use crate::testing::{self, desk, html};

    #[actix_web::test]
    async fn the_page_draws_for_a_fresh_install_and_for_a_busy_one() {
        let fresh = Overview { checklist: Some(Checklist::default()), ..Overview::default() };
        let hours = vec![
            ActivityHour {
                starts_at: testing::NOW,
                codes_redeemed: 4,
                tokens_refreshed: 2,
                refused: 1
            };
            24
        ];
        let busy = Overview {
            applications: Some(6),
            live_grants: Some(3),
            activity: Some(Activity { sign_ins: 9, issued: 144, refused: 24, hours }),
            findings: Some(vec![
                Finding::NoOwner(testing::client_name().application),
                Finding::SecretExpires {
                    client: testing::client_name(),
                    secret_id: testing::secret(None).id,
                    label: "web-01".to_owned(),
                    expires_at: testing::NOW,
                },
                Finding::SecretMissing(testing::client_name()),
                Finding::NoGrant(testing::client_name()),
                Finding::Disabled(testing::client_name().application),
                Finding::NoOwner(testing::client_name().application),
            ]),
            ..Overview::default()
        };

        let fresh = html(page(&desk(Role::Owner), &fresh)).await;
        let busy = html(page(&desk(Role::Owner), &busy)).await;

        assert!(
            fresh.contains("First steps") && !fresh.contains("<svg class=\"chart\""),
            "{fresh}"
        );
        assert!(busy.contains("6 findings need a look."), "{busy}");
        assert!(busy.contains("<summary>1 more</summary>"), "five are shown: {busy}");
        assert!(
            busy.contains("<path class=\"l1\" d=\"M40.0")
                && busy.contains("“web-01” of Photo Printer expires")
        );
    }

    #[actix_web::test]
    async fn what_was_not_looked_at_is_not_said_to_be_in_order() {
        let looked = Overview { findings: Some(Vec::new()), ..Overview::default() };

        let support = html(page(&desk(Role::Support), &Overview::default())).await;
        let developer = html(page(&desk(Role::Developer), &looked)).await;
        let owner = html(page(&desk(Role::Owner), &looked)).await;

        assert!(!support.contains("eeds attention"), "{support}");
        assert!(developer.contains("Every application of yours has keys"), "{developer}");
        assert!(owner.contains("Nothing needs attention.") && owner.contains("has an owner"));
    }
}
