//! Every address of the control center, below `/console`.

use ::web::get;
use actix_web::web::{self, ServiceConfig, post};

use crate::{applications, grants, overview, resources, search, sign_out, users};

/// One table for the router and for those who ask what there is to open and to send.
macro_rules! addresses {
    ($($path:literal => $($method:ident $handler:path),+;)+) => {
        /// Every address below `/console`, with the methods it answers, in lower case.
        pub const ADDRESSES: &[(&str, &[&str])] =
            &[("/theme", &["post"]), $(($path, &[$(stringify!($method)),+])),+];

        /// Adds the control center's pages to the scope `/console`.
        ///
        /// The scope needs the sessions of the control center
        /// ([`::web::session::console_sessions`]) around it, and the application
        /// `Data<Service>` beside what [`::web::app_defaults`] adds.
        pub fn routes(scope: &mut ServiceConfig) {
            scope.service(::web::theme::at("/theme"));
            $(scope.service(web::resource($path)$(.route($method().to($handler)))+);)+
        }
    };
}

addresses! {
    "" => get overview::show;
    "/" => get overview::show;
    "/search" => get search::show, post search::ask;
    "/sign-out" => post sign_out::sign_out;
    "/applications" => get applications::list::list;
    "/applications/new" => get applications::register::show, post applications::register::make;
    "/applications/{id}" => get applications::show;
    "/applications/{id}/settings" => get applications::settings::show, post applications::settings::save;
    "/applications/{id}/tokens" => get applications::tokens::show, post applications::tokens::save;
    "/applications/{id}/callbacks" => get applications::callbacks::show, post applications::callbacks::save;
    "/applications/{id}/grants" => get applications::grants::show, post applications::grants::save;
    "/applications/{id}/scopes" => get applications::scopes::show, post applications::scopes::save;
    "/applications/{id}/keys" => get applications::keys::show;
    "/applications/{id}/keys/client" => get applications::production::back, post applications::production::make;
    "/applications/{id}/keys/new" => get applications::secret::show, post applications::secret::make;
    "/applications/{id}/keys/public" => get applications::public_keys::show, post applications::public_keys::save;
    "/applications/{id}/keys/{secret}/rotate" => get applications::rotate::show, post applications::rotate::make;
    "/applications/{id}/keys/{secret}/revoke" => get applications::revoke::show, post applications::revoke::revoke;
    "/applications/{id}/danger" => get applications::danger::show;
    "/applications/{id}/danger/status" => post applications::danger::set_status;
    "/applications/{id}/danger/delete" => get applications::danger::confirm, post applications::danger::delete;
    "/resources" => get resources::list::list;
    "/resources/new" => get resources::register::show, post resources::register::make;
    "/resources/{id}" => get resources::scopes::enter;
    "/resources/{id}/settings" => get resources::settings::show, post resources::settings::save;
    "/resources/{id}/delete" => get resources::remove::confirm, post resources::remove::delete;
    "/resources/{id}/scopes" => get resources::scopes::show;
    "/resources/{id}/scopes/new" => get resources::scope::show_new, post resources::scope::add;
    "/resources/{id}/scopes/{scope}" => get resources::scope::show, post resources::scope::save;
    "/resources/{id}/scopes/{scope}/remove" => get resources::scope::confirm, post resources::scope::remove;
    "/users" => get users::list::list;
    "/users/new" => get users::register::show, post users::register::make;
    "/users/{id}" => get users::edit::show, post users::edit::save;
    "/users/{id}/status" => post users::access::set_status;
    "/users/{id}/reset" => get users::access::ask_reset, post users::access::reset;
    "/users/{id}/sign-out" => get users::access::ask_sign_out, post users::access::sign_out;
    "/users/{id}/delete" => get users::access::ask_delete, post users::access::delete;
    "/grants" => get grants::show;
    "/grants/{grant}" => post grants::switch;
    "/grants/{grant}/off" => get grants::impact;
}
