//! OpenID Connect RP-Initiated Logout 1.0.

use harness::{Answer, Person, RelyingParty, TestServer, json, on_each_database};
use reqwest::Method;
use serde_json::json;

const AFTER: &str = "https://app.example.com/bye?from=us";

/// An application with a sign-out URL, and Alice's ID token of it.
async fn signed_in(server: &TestServer) -> (RelyingParty, Person, String) {
    server.photos_api("jwt").await;
    let scopes = ["openid", "resource.read"];
    let more = json!({ "scopes": scopes, "post_logout_redirect_uris": [AFTER] });
    let rp = server.register("web", more).await;
    let alice = server.person("alice").await;
    let token = id_token(&rp, &alice).await;
    (rp, alice, token)
}

async fn id_token(rp: &RelyingParty, person: &Person) -> String {
    let code = person.approve_always(rp).await;
    rp.tokens(&code).await["id_token"].as_str().unwrap().to_owned()
}

fn path(parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    format!("/logout?{}", query.finish())
}

async fn is_signed_in(person: &Person) -> bool {
    person.visit("/login").await.form_with("login-submit").is_none()
}

/// Where the browser is sent that no longer follows the server.
fn sent_to(answer: &Answer) -> Option<String> {
    answer.location().map(|it| it.to_string())
}

on_each_database! {
    async fn a_client_that_knows_the_person_signs_them_out_and_gets_them_back(server: TestServer) {
        let (rp, alice, token) = signed_in(server).await;
        // An ID token that has expired will do.
        server.advance(50 * 60);
        assert!(is_signed_in(&alice).await);
        server.advance(50 * 60);

        let wish = path(&[("id_token_hint", &token), ("post_logout_redirect_uri", AFTER), ("state", "a b&c")]);
        let answer = alice.visit(&wish).await;

        assert_eq!(sent_to(&answer), Some(format!("{AFTER}&state=a%20b%26c")));
        assert!(!is_signed_in(&alice).await);
        assert!(server.audit().await.contains(&"session.ended".to_owned()));
        // Once more changes nothing, and the person still gets back.
        let again = alice.visit(&wish).await;
        assert_eq!(sent_to(&again), sent_to(&answer));
        // Without an address to go to, the page says that it is done.
        let done = alice.visit(&path(&[("id_token_hint", &token), ("client_id", &rp.client_id)])).await;
        assert!(done.body.contains("You are signed out"), "{}", done.body);
        assert_eq!(sent_to(&done), None);
    }

    async fn without_proof_the_person_is_asked(server: TestServer) {
        let (rp, alice, token) = signed_in(server).await;
        let bob = server.person("bob").await;
        bob.approve_always(&rp).await;
        let there = ("post_logout_redirect_uri", AFTER);

        for (person, wish) in [
            (&alice, path(&[])),
            (&alice, path(&[("client_id", &rp.client_id), there])),
            // The token of somebody else says nothing of who is there.
            (&bob, path(&[("id_token_hint", &token), there])),
        ] {
            let page = person.visit(&wish).await;

            assert_eq!(page.status, 200);
            assert!(page.form_with("logout-confirm").is_some(), "{wish}: {}", page.body);
            assert!(page.body.contains("Photo Printer"), "what ends is named: {}", page.body);
            assert!(is_signed_in(person).await, "looking signs nobody out: {wish}");
        }
        let page = alice.visit(&path(&[("client_id", &rp.client_id), there, ("state", "s")])).await;
        let policy = &page.headers["content-security-policy"];
        assert!(policy.contains("form-action 'self' https://app.example.com;"), "{policy}");
        let answer = alice.submit(&page.form_with("logout-confirm").unwrap()).await;
        assert_eq!(sent_to(&answer), Some(format!("{AFTER}&state=s")));
        assert!(!is_signed_in(&alice).await);
        assert!(is_signed_in(&bob).await);
        // Nobody proved anything and nobody is there: a link, no redirect.
        let page = alice.visit(&path(&[("client_id", &rp.client_id), there])).await;
        assert_eq!((page.status, sent_to(&page)), (200, None));
        assert!(page.body.contains(&format!("href=\"{AFTER}\"")), "{}", page.body);
    }

    async fn what_is_not_the_clients_own_is_refused_and_nothing_ends(server: TestServer) {
        let (rp, alice, token) = signed_in(server).await;
        let other = server.register("web", json!({ "scopes": ["openid"] })).await;
        let tokens = rp.tokens(&alice.approve(&rp).await).await;
        let access_token = tokens["access_token"].as_str().unwrap();
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        let huge = "x".repeat(20_000);
        let there = ("post_logout_redirect_uri", AFTER);
        let mut bad = vec![
            path(&[("id_token_hint", access_token)]),
            path(&[("id_token_hint", &unsigned)]),
            path(&[("id_token_hint", "nonsense"), there]),
            path(&[("id_token_hint", &token), ("client_id", &other.client_id)]),
            path(&[("client_id", "nobody")]),
            path(&[there]),
            path(&[("state", &huge)]),
            path(&[("client_id", &rp.client_id), ("client_id", &rp.client_id)]),
            "/logout?state=%ff".to_owned(),
            "/logout?state=%00".to_owned(),
        ];
        for uri in [
            "https://app.example.com/bye",
            "https://app.example.com/bye?from=us&x=1",
            "https://app.example.com/bye?from=US",
            "https://APP.example.com/bye?from=us",
            "https://app.example.com:443/bye?from=us",
            "https://app.example.com/bye?from=us#x",
            "https://app.example.com/./bye?from=us",
            "https://app.example.com.evil.test/bye?from=us",
            "//app.example.com/bye?from=us",
            "javascript:alert(1)",
            RelyingParty::REDIRECT_URI,
        ] {
            bad.push(path(&[("id_token_hint", &token), ("post_logout_redirect_uri", uri)]));
        }
        for wish in bad {
            let answer = alice.visit(&wish).await;

            assert_eq!(answer.status, 400, "{wish}");
            assert!(answer.body.contains("Logout error"), "{wish}: {}", answer.body);
            assert!(is_signed_in(&alice).await, "{wish}");
        }
    }

    async fn a_disabled_application_gets_nobody_back(server: TestServer) {
        let (rp, alice, token) = signed_in(server).await;
        let path_of_it = format!("/applications/{}", rp.application_id);
        let disabled = json!({ "status": "disabled" });
        assert_eq!(server.api().patch(&path_of_it, &disabled).await.status, 200);

        let wish = path(&[("id_token_hint", &token), ("post_logout_redirect_uri", AFTER)]);
        let page = alice.visit(&wish).await;

        assert!(is_signed_in(&alice).await, "it signs nobody out by itself");
        let done = alice.submit(&page.form_with("logout-confirm").unwrap()).await;
        assert_eq!((done.status, sent_to(&done)), (200, None));
        assert!(!is_signed_in(&alice).await);
    }

    async fn a_client_may_post_its_wish(server: TestServer) {
        let (_, alice, token) = signed_in(server).await;
        let parameters = [
            ("id_token_hint", token.as_str()),
            ("post_logout_redirect_uri", AFTER),
            ("state", "x"),
            ("unknown", "y"),
        ];
        let post = server.request(Method::POST, "/logout").header("origin", "https://app.example.com");

        let answer = server.send(post.form(&parameters)).await;

        assert_eq!(answer.status, 303);
        let next = answer.location().unwrap();
        assert!(next.path() == "/logout" && !next.as_str().contains("unknown"), "{next}");
        let answer = alice.open(next.as_str()).await;
        assert_eq!(sent_to(&answer), Some(format!("{AFTER}&state=x")));
        assert!(!is_signed_in(&alice).await);

        for (content_type, body) in [
            ("application/json", "{}"),
            ("application/x-www-form-urlencoded", "state=a&state=b"),
            ("application/x-www-form-urlencoded", "state=%ff"),
        ] {
            let post = server.request(Method::POST, "/logout").header("content-type", content_type);
            let answer = server.send(post.body(body)).await;
            assert_eq!(answer.status, 400, "{content_type} {body}");
            assert!(answer.body.contains("Logout error"), "{}", answer.body);
        }
    }

    async fn metadata_names_the_endpoint(server: TestServer) {
        let (rp, ..) = signed_in(server).await;
        let metadata = json(&server.get("/.well-known/openid-configuration").await);

        assert_eq!(metadata["end_session_endpoint"], format!("{}/logout", rp.issuer));
    }
}
