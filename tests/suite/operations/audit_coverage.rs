//! Every action of the audit log is one that something does.

use domain::audit::Action;
use harness::{json, on_each_database};

use super::tour::tour;

/// Actions that the tour does not come by. This list may only shrink.
const NOT_ON_THE_TOUR: [Action; 0] = [];

on_each_database! {
    async fn the_tour_leaves_an_event_of_each_action(server: TestServer) {
        tour(server).await;
        let mut missing = Vec::new();
        for action in Action::ALL {
            let path = format!("/audit-events?limit=1&action={}", action.as_str());
            let found = json(&server.api().get(&path).await)["data"].as_array().unwrap().len();
            if found == 0 && !NOT_ON_THE_TOUR.contains(action) {
                missing.push(action.as_str());
            }
        }

        assert_eq!(missing, Vec::<&str>::new());
    }
}
