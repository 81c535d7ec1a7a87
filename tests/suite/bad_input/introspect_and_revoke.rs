//! `/introspect`, `/revoke`, `/userinfo`, `/jwks` and the metadata documents.

use harness::{assert_refused, on_each_database};
use reqwest::Method;

use super::{FORM, basic, post};

on_each_database! {
    async fn introspection_and_revocation(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let header = basic(&rp.client_id, rp.client_secret.as_deref().unwrap());
        for path in ["/introspect", "/revoke"] {
            for (body, status, code) in [
                (String::new(), 400, "invalid_request"),
                ("token=".to_owned(), 400, "invalid_request"),
                ("token=a&token=b".to_owned(), 400, "invalid_request"),
                ("token=a&token=a".to_owned(), 400, "invalid_request"),
                ("token=%FF".to_owned(), 400, "invalid_request"),
                ("token=%00".to_owned(), 400, "invalid_request"),
                (format!("token={}", "x".repeat(66_000)), 413, "invalid_request"),
                ("token=x&client_id=someone-else".to_owned(), 400, "invalid_request"),
                ("token=x&client_secret=y".to_owned(), 400, "invalid_request"),
            ] {
                let shown: String = body.chars().take(60).collect();
                let answer = post(server, path, (FORM, body), &[("authorization", &header)]).await;
                assert_eq!(answer.status, status, "{path} {shown}: {}", answer.body);
                assert_refused(&answer, status, code);
            }
            for token in ["x", "cs_rt_x", "eyJ.eyJ.x", "a.b.c", "..", "%20", &"y".repeat(60_000)] {
                let answer = post(server, path, (FORM, format!("token={token}")), &[("authorization", &header)]).await;
                assert_eq!(answer.status, 200, "{path} {:.20}: {}", token, answer.body);
            }
            for content_type in ["", "application/json", "text/plain"] {
                let answer = post(server, path, (content_type, "token=x"), &[("authorization", &header)]).await;
                assert_refused(&answer, 415, "invalid_request");
            }
            let in_query = post(server, &format!("{path}?token=x"), (FORM, ""), &[("authorization", &header)]).await;
            assert_refused(&in_query, 400, "invalid_request");
            for method in [Method::GET, Method::PUT, Method::DELETE] {
                assert_eq!(server.send(server.request(method, path)).await.status, 405, "{path}");
            }
        }
    }

    async fn userinfo(server: TestServer) {
        for (header, status) in [
            ("Bearer", 400), ("Bearer  ", 400), ("Bearer a b", 400), ("Bearer x", 401), ("bearer x", 401),
            ("Basic x", 401), ("DPoP x", 401), ("x", 401), ("", 401),
        ] {
            let request = server.request(Method::GET, "/userinfo").header("authorization", header);
            assert_eq!(server.send(request).await.status, status, "{header:?}");
        }
        let long = format!("Bearer {}", "x".repeat(9000));
        let answer = server.send(server.request(Method::GET, "/userinfo").header("authorization", long)).await;
        assert!([400, 401, 431].contains(&answer.status), "{}", answer.status);
        for (content_type, body) in [(FORM, b"access_token=\xff".to_vec()), (FORM, b"access_token=a&access_token=b".to_vec())] {
            let answer = post(server, "/userinfo", (content_type, body), &[]).await;
            assert_eq!(answer.status, 400, "{}", answer.body);
        }
        for (content_type, body) in [("application/json", b"{}".to_vec()), (FORM, vec![b'a'; 70_000]), ("", Vec::new())] {
            let answer = post(server, "/userinfo", (content_type, body), &[]).await;
            assert_eq!(answer.status, 401, "{content_type}: {}", answer.body);
        }
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            assert_eq!(server.send(server.request(method, "/userinfo")).await.status, 405);
        }
    }

    async fn documents(server: TestServer) {
        for path in ["/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
            assert_eq!(server.get(&format!("{path}?x=%FF&y={}", "y".repeat(3000))).await.status, 200, "{path}");
            assert_eq!(post(server, path, (FORM, "x=1"), &[]).await.status, 405, "{path}");
            let with_odd_header = server.request(Method::GET, path).header("accept", "x/y;q=nonsense");
            assert_eq!(server.send(with_odd_header).await.status, 200, "{path}");
        }
        for path in ["/.well-known/", "/.well-known/nothing", "/jwks/", "//jwks", "/JWKS"] {
            assert_eq!(server.get(path).await.status, 404, "{path}");
        }
    }
}
