//! A legacy application's user service, as `scripts/rest` expects it: JSON over HTTP, changes by version.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use crosswalk::engine::Engine;
use crosswalk_passwords::{Limits, Row, Verdict, Verifier};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;

use crate::house;

/// What callers have to show.
pub(crate) const TOKEN: &str = "a token of the tests";

/// Somebody as the service keeps them.
#[derive(Clone, Debug, Default)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) email_verified: bool,
    pub(crate) name: Option<String>,
    pub(crate) password_hash: Option<String>,
    pub(crate) metadata: Option<String>,
    pub(crate) user_metadata: Option<String>,
    /// How often it was written.
    pub(crate) version: u64,
}

#[derive(Clone, Default)]
pub(crate) struct UserService(Arc<Mutex<Users>>);

#[derive(Default)]
struct Users {
    by_id: BTreeMap<String, User>,
    last: u64,
}

impl Users {
    fn by_email(&mut self, email: &str) -> Option<&mut User> {
        self.by_id.values_mut().find(|user| user.email.to_lowercase() == email.to_lowercase())
    }

    /// Gives an id to who has none. `None` where somebody has the address or the id.
    fn add(&mut self, mut user: User) -> Option<String> {
        if self.by_email(&user.email).is_some() {
            return None;
        }
        if user.id.is_empty() {
            self.last += 1;
            user.id = self.last.to_string();
        }
        self.last = self.last.max(user.id.parse().unwrap_or_default());
        let id = user.id.clone();
        self.by_id.insert(id.clone(), user).is_none().then_some(id)
    }
}

impl UserService {
    /// Listens until the runtime ends.
    pub(crate) async fn start() -> (UserService, SocketAddr) {
        let service = UserService::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("the port's number");
        let app = service.routes();
        tokio::spawn(async move { axum::serve(listener, app).await });
        (service, address)
    }

    fn routes(&self) -> Router {
        Router::new()
            .route("/sessions", post(log_in))
            .route("/users", get(find).post(add))
            .route("/users/{id}", delete(remove))
            .route("/users/{id}/metadata", put(write_metadata))
            .route("/password", put(write_password))
            .route("/email", put(write_email))
            .layer(DefaultBodyLimit::disable())
            .layer(middleware::from_fn(check_token))
            .with_state(self.clone())
    }

    fn users(&self) -> MutexGuard<'_, Users> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, user: User) -> Option<String> {
        self.users().add(user)
    }

    pub(crate) fn get(&self, id: &str) -> Option<User> {
        self.users().by_id.get(id).cloned()
    }

    pub(crate) fn remove(&self, id: &str) -> bool {
        self.users().by_id.remove(id).is_some()
    }
}

async fn check_token(request: Request, next: Next) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match shown == Some(&format!("Bearer {TOKEN}")) {
        true => next.run(request).await,
        // Not 401, which says that a password is wrong.
        false => StatusCode::FORBIDDEN.into_response(),
    }
}

#[derive(Deserialize)]
struct ByEmail {
    email: String,
}

#[derive(Deserialize)]
struct Typed {
    email: String,
    password: String,
}

#[derive(Deserialize)]
struct NewUser {
    email: String,
    email_verified: bool,
    name: Option<String>,
    password: String,
    metadata: Option<String>,
    user_metadata: Option<String>,
}

#[derive(Deserialize)]
struct Documents {
    metadata: Option<String>,
    user_metadata: Option<String>,
}

#[derive(Deserialize)]
struct NewPassword {
    password: String,
}

#[derive(Deserialize)]
struct NewEmail {
    email: Option<String>,
    email_verified: Option<bool>,
}

fn shown(user: &User) -> Response {
    let body = Json(json!({
        "id": user.id,
        "email": user.email,
        "email_verified": user.email_verified,
        "name": user.name,
        "metadata": user.metadata,
        "user_metadata": user.user_metadata,
    }));
    ([(header::ETAG, etag(user))], body).into_response()
}

fn etag(user: &User) -> String {
    format!("\"{}\"", user.version)
}

async fn log_in(State(service): State<UserService>, Json(typed): Json<Typed>) -> Response {
    let Some(user) = service.users().by_email(&typed.email).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let hash = user.password_hash.clone().unwrap_or_default();
    match verifier().verify(&Row::new(hash.as_bytes()), typed.password.as_bytes()) {
        Verdict::Match | Verdict::MatchButOld(_) => shown(&user),
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn verifier() -> Verifier {
    Verifier::new(&house::bcrypt(), Limits::default()).expect("the scheme exists")
}

/// `None` for a password that bcrypt would cut.
fn hash_of(password: &str) -> Option<String> {
    let mut random = |bytes: &mut [u8]| Engine::system_random()(bytes);
    let hashed = verifier().hash(&Row::new(b""), password.as_bytes(), &mut random).ok()?;
    hashed.hash_text().map(str::to_owned)
}

async fn find(State(service): State<UserService>, Query(by): Query<ByEmail>) -> Response {
    service.users().by_email(&by.email).map_or(StatusCode::NOT_FOUND.into_response(), |user| shown(user))
}

async fn add(State(service): State<UserService>, Json(new): Json<NewUser>) -> StatusCode {
    let NewUser { email, email_verified, name, password, metadata, user_metadata } = new;
    let password_hash = hash_of(&password);
    if password_hash.is_none() {
        return StatusCode::UNPROCESSABLE_ENTITY;
    }
    let user = User { email, email_verified, name, password_hash, metadata, user_metadata, ..User::default() };
    match service.add(user) {
        Some(_) => StatusCode::CREATED,
        None => StatusCode::CONFLICT,
    }
}

async fn write_metadata(
    State(service): State<UserService>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(documents): Json<Documents>,
) -> StatusCode {
    let mut users = service.users();
    let Some(user) = users.by_id.get_mut(&id) else { return StatusCode::NOT_FOUND };
    let wanted = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    if wanted != Some(&etag(user)) {
        return StatusCode::PRECONDITION_FAILED;
    }
    (user.metadata, user.user_metadata) = (documents.metadata, documents.user_metadata);
    user.version += 1;
    StatusCode::NO_CONTENT
}

async fn write_password(
    State(service): State<UserService>,
    Query(by): Query<ByEmail>,
    Json(new): Json<NewPassword>,
) -> StatusCode {
    let Some(hash) = hash_of(&new.password) else { return StatusCode::UNPROCESSABLE_ENTITY };
    let mut users = service.users();
    let Some(user) = users.by_email(&by.email) else { return StatusCode::NOT_FOUND };
    user.password_hash = Some(hash);
    StatusCode::NO_CONTENT
}

async fn write_email(
    State(service): State<UserService>,
    Query(by): Query<ByEmail>,
    Json(new): Json<NewEmail>,
) -> StatusCode {
    let mut users = service.users();
    let Some(id) = users.by_email(&by.email).map(|user| user.id.clone()) else { return StatusCode::NOT_FOUND };
    if let Some(email) = &new.email
        && users.by_email(email).is_some_and(|other| other.id != id)
    {
        return StatusCode::CONFLICT;
    }
    let Some(user) = users.by_id.get_mut(&id) else { return StatusCode::NOT_FOUND };
    user.email = new.email.unwrap_or_else(|| user.email.clone());
    user.email_verified = new.email_verified.unwrap_or(user.email_verified);
    StatusCode::NO_CONTENT
}

async fn remove(State(service): State<UserService>, Path(id): Path<String>) -> StatusCode {
    match service.remove(&id) {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::NOT_FOUND,
    }
}
