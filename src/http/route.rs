//! One row of the route table: where an operation is, what it needs and in which ways it can be refused.

use actix_web::dev::{Handler, ServiceRequest};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, Responder, Route, guard, web};

use crate::domain::permission::Scope;
use crate::domain::problem::ProblemType;
use crate::http::auth::{Access, door};

/// An operation of the interface.
pub struct Operation {
    pub method: Method,
    pub path: &'static str,
    /// As in the specification.
    pub id: &'static str,
    pub access: Access,
    /// Parameters and headers that many operations share; the specification names them from here.
    pub traits: Traits,
    /// Refusals beyond those that follow from its traits.
    pub problems: Vec<ProblemType>,
    /// Whether the last parameter of its path takes all that follows, slashes included.
    takes_rest: bool,
    route: Route,
}

/// What operations have in common, each from a convention of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// A read with ETag and unknown parameters refused.
    pub reads: bool,
    /// Takes `as_of`, `valid_at` and `Min-Position`; answers where in the log it was read.
    pub in_time: bool,
    /// Takes the filters of those who follow a part of the registry.
    pub selects: bool,
    /// Answers as a table, too: CSV or a workbook.
    pub tables: bool,
    /// Takes the filters of lists of standards.
    pub filters: bool,
    /// Names the next page in `Link`.
    pub pages: bool,
    /// Takes a JSON body.
    pub takes_body: bool,
    /// Takes `Idempotency-Key`.
    pub repeatable: bool,
    /// Needs `If-Match`.
    pub guarded: bool,
    /// Takes `If-None-Match: *` instead of `If-Match`.
    pub registers: bool,
    /// Makes no sense at a copy, though it writes nothing to the log.
    pub at_source: bool,
    /// Tells of the past whatever is asked: a copy that loads its history last cannot answer yet.
    pub needs_history: bool,
}

fn operation<F, Args>(method: Method, path: &'static str, id: &'static str, handler: F) -> Operation
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Operation {
        method,
        path,
        id,
        access: Access::Public,
        traits: Traits::default(),
        problems: Vec::new(),
        takes_rest: false,
        route: web::route().to(handler),
    }
}

macro_rules! methods {
    ($($name:ident $method:ident)+) => {$(
        pub fn $name<F, Args>(path: &'static str, id: &'static str, handler: F) -> Operation
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            operation(Method::$method, path, id, handler)
        }
    )+};
}

methods! { get GET  post POST  put PUT  patch PATCH  delete DELETE }

impl Operation {
    /// A read as [`crate::http::answer`] gives it.
    pub fn reads(mut self) -> Self {
        self.traits.reads = true;
        self
    }

    /// A read that can be asked of the past.
    pub fn reads_in_time(mut self) -> Self {
        self.traits.reads = true;
        self.traits.in_time = true;
        self
    }

    /// Can be narrowed to a part of the registry.
    pub fn selects(mut self) -> Self {
        self.traits.selects = true;
        self
    }

    /// Can be had as CSV and as a workbook, by `Accept` or by `format`.
    pub fn tables(mut self) -> Self {
        self.traits.tables = true;
        self
    }

    /// Can be narrowed as lists of standards are.
    pub fn filters(mut self) -> Self {
        self.traits.filters = true;
        self
    }

    /// Answers in pages, each with a link to the next.
    pub fn pages(mut self) -> Self {
        self.traits.pages = true;
        self
    }

    /// A write with a JSON body that may be sent again under an `Idempotency-Key`.
    pub fn writes(mut self) -> Self {
        self.traits.takes_body = true;
        self.traits.repeatable = true;
        self
    }

    /// A write without a body.
    pub fn writes_without_body(mut self) -> Self {
        self.traits.repeatable = true;
        self
    }

    /// Takes a JSON body without writing.
    pub fn takes_body(mut self) -> Self {
        self.traits.takes_body = true;
        self
    }

    /// A change that must say which revision it rests on.
    pub fn guarded(mut self) -> Self {
        self.traits.guarded = true;
        self
    }

    /// Revises, or registers under an id that the sender chose.
    pub fn guarded_or_registers(mut self) -> Self {
        self.traits.guarded = true;
        self.traits.registers = true;
        self
    }

    /// A change beside the log, which copies do not take.
    pub fn at_source(mut self) -> Self {
        self.traits.at_source = true;
        self
    }

    /// Tells of the past whatever is asked.
    pub fn needs_history(mut self) -> Self {
        self.traits.needs_history = true;
        self
    }

    pub fn needs_token(self) -> Self {
        Self {
            access: Access::Token,
            ..self
        }
    }

    pub fn needs(self, scope: Scope) -> Self {
        Self {
            access: Access::Scope(scope),
            ..self
        }
    }

    /// Can also be refused in these ways.
    pub fn refuses(mut self, problems: &[ProblemType]) -> Self {
        self.problems.extend_from_slice(problems);
        self
    }

    /// The last parameter of its path takes all that follows.
    pub fn takes_rest(self) -> Self {
        Self {
            takes_rest: true,
            ..self
        }
    }

    /// The path as the router matches it.
    fn pattern(&self) -> String {
        match self.path.strip_suffix('}') {
            Some(path) if self.takes_rest => format!("{path}:.+}}"),
            _ => self.path.to_owned(),
        }
    }

    fn into_route(self) -> Route {
        let (access, traits) = (self.access, self.traits);
        let behind_door = self.route.wrap(from_fn(move |request: ServiceRequest, next| {
            door(access, traits, request, next)
        }));
        match self.method {
            // RFC 9110 §9.3.2: HEAD is GET without the body, which the server leaves out.
            Method::GET => behind_door.guard(guard::Any(guard::Get()).or(guard::Head())),
            method => behind_door.method(method),
        }
    }
}

/// Registers every operation, those of one path together, so that other methods are answered 405 with `Allow`.
pub fn register(operations: Vec<Operation>, config: &mut web::ServiceConfig) {
    let mut by_path: Vec<(&'static str, Vec<Operation>)> = Vec::new();
    for operation in operations {
        match by_path.iter_mut().find(|(path, _)| *path == operation.path) {
            Some((_, together)) => together.push(operation),
            None => by_path.push((operation.path, vec![operation])),
        }
    }
    for (_, together) in by_path {
        let allowed = allowed(&together);
        let pattern = together.first().map(Operation::pattern).unwrap_or_default();
        let refused = web::route().to(move || {
            let allowed = allowed.clone();
            async move {
                actix_web::HttpResponse::MethodNotAllowed()
                    .insert_header((actix_web::http::header::ALLOW, allowed))
                    .finish()
            }
        });
        let resource = together
            .into_iter()
            .fold(web::resource(pattern), |resource, operation| {
                resource.route(operation.into_route())
            });
        config.service(resource.default_service(refused));
    }
}

fn allowed(together: &[Operation]) -> String {
    let mut methods: Vec<&str> = together
        .iter()
        .map(|operation| operation.method.as_str())
        .collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.join(", ")
}
