//! What the tests of management share: callers, applications, grants.

use domain::{
    Application, Client, Environment, FieldError, Grant, Id, Permission, RequestFacts, Role, User,
    audit::Surface,
};
use protocol::Scope;
use store::repo::{grants, token_families, users};

use super::Fixture;
use crate::{
    Call, Problem,
    applications::{self, RegisterApplication, RegisteredApplication},
    clients::ClientChanges,
    users::{RegisterUser, register},
};

/// Asks for a web application in the sandbox.
pub(crate) fn web(name: &str) -> RegisterApplication {
    RegisterApplication {
        name: name.to_owned(),
        application_type: "web".to_owned(),
        environment: "sandbox".to_owned(),
        client: ClientChanges {
            redirect_uris: Some(vec!["https://app.test/callback".to_owned()]),
            ..ClientChanges::default()
        },
        ..RegisterApplication::default()
    }
}

/// The codes and pointers of a problem's fields.
pub(crate) fn faults<T: std::fmt::Debug>(
    result: Result<T, Problem>,
) -> Vec<(String, &'static str)> {
    match result {
        Err(Problem::Invalid(faults)) => {
            let pair = |fault: FieldError| (fault.pointer, fault.code);
            faults.into_iter().map(pair).collect()
        }
        other => panic!("expected field errors, got {other:?}"),
    }
}

/// The code of a conflict.
pub(crate) fn conflict<T: std::fmt::Debug>(result: Result<T, Problem>) -> &'static str {
    match result {
        Err(Problem::Conflict { code, .. }) => code,
        other => panic!("expected a conflict, got {other:?}"),
    }
}

impl Fixture {
    /// Registers what `command` asks for as an operator.
    pub(crate) async fn register(&self, command: RegisterApplication) -> RegisteredApplication {
        applications::register(&self.service, &Call::operator(), command).await.unwrap()
    }

    /// A person with a role, and the call that they make.
    pub(crate) async fn person(&self, name: &str, role: Option<Role>) -> (User, Call) {
        let command = RegisterUser {
            username: name.to_owned(),
            email: format!("{name}@example.test"),
            name: name.to_owned(),
            role: role.map(|role| role.as_str().to_owned()),
            ..RegisterUser::default()
        };
        let user = register(&self.service, &Call::operator(), command).await.unwrap();
        let call = Call::of_user(&user, Surface::Console, RequestFacts::default());
        (user, call)
    }

    /// A call that may do only this.
    pub(crate) fn only(permissions: &[Permission]) -> Call {
        Call { permissions: permissions.iter().copied().collect(), ..Call::operator() }
    }

    /// The application as it is now.
    pub(crate) async fn application(&self, id: Id<Application>) -> Application {
        let found = applications::get(&self.service, &Call::operator(), id).await;
        found.unwrap().application
    }

    /// Its sandbox client.
    pub(crate) async fn client(&self, id: Id<Application>) -> Client {
        let call = Call::operator();
        crate::clients::get(&self.service, &call, id, Environment::Sandbox).await.unwrap()
    }

    /// A live grant with a refresh token.
    pub(crate) async fn grant(&self, client: &Client, user_id: Id<User>, scope: &str) -> Id<Grant> {
        let now = self.now();
        let parts = &self.service.parts;
        let grant = Grant {
            id: Id::new(now, &*parts.entropy),
            client_id: client.id,
            user_id,
            session_id: None,
            scope: Scope::parse(scope).unwrap(),
            resources: Vec::new(),
            auth_time: now,
            amr: vec!["pwd".to_owned()],
            created_at: now,
            revoked_at: None,
        };
        let (_, leaf) = parts.handles.issue(domain::HandleKind::RefreshToken, &*parts.entropy);
        let family = token_families::NewFamily {
            family: domain::TokenFamily {
                id: Id::new(now, &*parts.entropy),
                grant_id: grant.id,
                generation: 0,
                dpop_jkt: None,
                idle_expires_at: now.plus(std::time::Duration::from_hours(24)),
                expires_at: now.plus(std::time::Duration::from_hours(48)),
            },
            client_id: client.id,
            leaf,
            created_at: now,
        };
        let id = grant.id;
        parts
            .store
            .write(async |tx| {
                grants::insert(tx, &grant).await?;
                token_families::insert(tx, &family).await
            })
            .await
            .unwrap();
        id
    }

    /// Whether the grant was not revoked.
    pub(crate) async fn is_live(&self, id: Id<Grant>) -> bool {
        let grant = grants::find(&self.service.parts.store, id).await.unwrap();
        grant.is_some_and(|it| it.revoked_at.is_none())
    }

    /// Whether the account still exists.
    pub(crate) async fn exists(&self, id: Id<User>) -> bool {
        users::find(&self.service.parts.store, id).await.unwrap().is_some()
    }
}
