//! Every address of the control center, below `/console`.

use actix_web::web::{self, ServiceConfig, get, post};

use crate::{applications, grants, overview, resources, search, sign_out, users};

/// Adds the control center's pages to the scope `/console`.
///
/// The scope needs the sessions of the control center
/// ([`::web::session::console_sessions`]) around it, and the application
/// `Data<Service>` beside what [`::web::app_defaults`] adds.
pub fn routes(scope: &mut ServiceConfig) {
    scope
        .service(web::resource(["", "/"]).route(get().to(overview::show)))
        .service(
            web::resource("/search").route(get().to(search::show)).route(post().to(search::ask)),
        )
        .service(web::resource("/sign-out").route(post().to(sign_out::sign_out)))
        .service(::web::theme::at("/theme"))
        .configure(applications_routes)
        .configure(resources_routes)
        .configure(users_routes)
        .configure(grants_routes);
}

fn applications_routes(scope: &mut ServiceConfig) {
    use applications::{
        callbacks, danger, grants, keys, list, production, register, revoke, rotate, scopes,
        secret, settings, tokens,
    };
    let page = |path: &str| web::resource(format!("/applications{path}"));
    scope
        .service(page("").route(get().to(list::list)))
        .service(page("/new").route(get().to(register::show)).route(post().to(register::make)))
        .service(page("/{id}").route(get().to(applications::show)))
        .service(
            page("/{id}/settings").route(get().to(settings::show)).route(post().to(settings::save)),
        )
        .service(page("/{id}/tokens").route(get().to(tokens::show)).route(post().to(tokens::save)))
        .service(
            page("/{id}/callbacks")
                .route(get().to(callbacks::show))
                .route(post().to(callbacks::save)),
        )
        .service(page("/{id}/grants").route(get().to(grants::show)).route(post().to(grants::save)))
        .service(page("/{id}/scopes").route(get().to(scopes::show)).route(post().to(scopes::save)))
        .service(page("/{id}/keys").route(get().to(keys::show)))
        .service(
            page("/{id}/keys/client")
                .route(get().to(production::back))
                .route(post().to(production::make)),
        )
        .service(
            page("/{id}/keys/new").route(get().to(secret::show)).route(post().to(secret::make)),
        )
        .service(
            page("/{id}/keys/{secret}/rotate")
                .route(get().to(rotate::show))
                .route(post().to(rotate::make)),
        )
        .service(
            page("/{id}/keys/{secret}/revoke")
                .route(get().to(revoke::show))
                .route(post().to(revoke::revoke)),
        )
        .service(page("/{id}/danger").route(get().to(danger::show)))
        .service(page("/{id}/danger/status").route(post().to(danger::set_status)))
        .service(
            page("/{id}/danger/delete")
                .route(get().to(danger::confirm))
                .route(post().to(danger::delete)),
        );
}

fn resources_routes(scope: &mut ServiceConfig) {
    use resources::{list, register, remove, scope as one, scopes, settings};
    let page = |path: &str| web::resource(format!("/resources{path}"));
    scope
        .service(page("").route(get().to(list::list)))
        .service(page("/new").route(get().to(register::show)).route(post().to(register::make)))
        .service(page("/{id}").route(get().to(scopes::enter)))
        .service(
            page("/{id}/settings").route(get().to(settings::show)).route(post().to(settings::save)),
        )
        .service(
            page("/{id}/delete").route(get().to(remove::confirm)).route(post().to(remove::delete)),
        )
        .service(page("/{id}/scopes").route(get().to(scopes::show)))
        .service(page("/{id}/scopes/new").route(get().to(one::show_new)).route(post().to(one::add)))
        .service(
            page("/{id}/scopes/{scope}").route(get().to(one::show)).route(post().to(one::save)),
        )
        .service(
            page("/{id}/scopes/{scope}/remove")
                .route(get().to(one::confirm))
                .route(post().to(one::remove)),
        );
}

fn users_routes(scope: &mut ServiceConfig) {
    use users::{access, edit, list, register};
    let page = |path: &str| web::resource(format!("/users{path}"));
    scope
        .service(page("").route(get().to(list::list)))
        .service(page("/new").route(get().to(register::show)).route(post().to(register::make)))
        .service(page("/{id}").route(get().to(edit::show)).route(post().to(edit::save)))
        .service(page("/{id}/status").route(post().to(access::set_status)))
        .service(
            page("/{id}/reset").route(get().to(access::ask_reset)).route(post().to(access::reset)),
        )
        .service(
            page("/{id}/sign-out")
                .route(get().to(access::ask_sign_out))
                .route(post().to(access::sign_out)),
        )
        .service(
            page("/{id}/delete")
                .route(get().to(access::ask_delete))
                .route(post().to(access::delete)),
        );
}

fn grants_routes(scope: &mut ServiceConfig) {
    scope
        .service(web::resource("/grants").route(get().to(grants::show)))
        .service(web::resource("/grants/{grant}").route(post().to(grants::switch)))
        .service(web::resource("/grants/{grant}/off").route(get().to(grants::impact)));
}
