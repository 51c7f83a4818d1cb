//! `Expect: 100-continue` (RFC 9110, section 10.1.1): 100 is sent when the body is first read. If the head decides
//! the answer, it is sent at once and the connection is closed, because it is unknown whether the body will
//! follow.

use std::cell::RefCell;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_http::error::PayloadError;
use actix_http::{ConnectionType, HttpMessage, Payload, Request, Response};
use actix_service::{Service, ServiceFactory};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::web::Bytes;
use futures_util::future::{Either, LocalBoxFuture, Ready, ready};
use futures_util::{Stream, stream};

use crate::request::unread_body::{self, UnreadBody};

/// The application of one worker, once it is created.
type Slot<S> = Rc<RefCell<Option<Rc<S>>>>;

/// Creates the application, and the service that runs before 100 is sent.
pub fn split<F: ServiceFactory<Request>, B>(
    factory: F,
) -> (Application<F>, Expectations<F::Service, B>) {
    let slot = Slot::<F::Service>::default();
    let application = Application {
        factory,
        slot: Rc::clone(&slot),
    };
    let expectations = Expectations {
        slot,
        body: PhantomData,
    };
    (application, expectations)
}

/// Creates the application, which continues requests that began before 100 was sent.
pub struct Application<F: ServiceFactory<Request>> {
    factory: F,
    slot: Slot<F::Service>,
}

impl<F> ServiceFactory<Request> for Application<F>
where
    F: ServiceFactory<Request, Config = ()>,
    F::Future: 'static,
    F::Service: 'static,
{
    type Response = F::Response;
    type Error = F::Error;
    type Config = ();
    type Service = ApplicationService<F::Service>;
    type InitError = F::InitError;
    type Future = LocalBoxFuture<'static, Result<Self::Service, F::InitError>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let making = self.factory.new_service(());
        let slot = Rc::clone(&self.slot);
        Box::pin(async move {
            let service = Rc::new(making.await?);
            slot.replace(Some(Rc::clone(&service)));
            Ok(ApplicationService(service))
        })
    }
}

/// The application.
pub struct ApplicationService<S>(Rc<S>);

/// The answer of a service.
type Answering<S> = LocalBoxFuture<
    'static,
    Result<<S as Service<Request>>::Response, <S as Service<Request>>::Error>,
>;

/// A request that has begun, in the extensions of the request that replaces it.
struct Begun<S: Service<Request>>(Answering<S>);

impl<S: Service<Request> + 'static> Service<Request> for ApplicationService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<S::Future, Answering<S>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&self, request: Request) -> Self::Future {
        let begun = request.extensions_mut().remove::<Begun<S>>();
        match begun {
            Some(Begun(answering)) => Either::Right(answering),
            None => Either::Left(self.0.call(request)),
        }
    }
}

/// Calls the application before 100 is sent. `B` is the body of its answers.
pub struct Expectations<S, B> {
    slot: Slot<S>,
    body: PhantomData<B>,
}

impl<S, B> ServiceFactory<Request> for Expectations<S, B>
where
    S: Service<Request> + 'static,
    S::Response: Into<Response<B>>,
    S::Error: Into<Response<BoxBody>>,
    B: MessageBody + 'static,
{
    type Response = Request;
    type Error = Response<BoxBody>;
    type Config = ();
    type Service = Self;
    type InitError = ();
    type Future = Ready<Result<Self, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        ready(Ok(Self {
            slot: Rc::clone(&self.slot),
            body: PhantomData,
        }))
    }
}

impl<S, B> Service<Request> for Expectations<S, B>
where
    S: Service<Request> + 'static,
    S::Response: Into<Response<B>>,
    S::Error: Into<Response<BoxBody>>,
    B: MessageBody + 'static,
{
    type Response = Request;
    type Error = Response<BoxBody>;
    type Future = LocalBoxFuture<'static, Result<Request, Response<BoxBody>>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    /// Answers the replacing request by the one that has begun. Fails with the final answer if the body is not
    /// read before that.
    fn call(&self, mut request: Request) -> Self::Future {
        let service = self.slot.borrow().clone();
        Box::pin(async move {
            let Some(service) = service else {
                return Ok(request);
            };
            let body = AwaitedBody::of(&mut request);
            let mut answering: Answering<S> = Box::pin(async move { service.call(request).await });
            let answered = poll_fn(|context| match answering.as_mut().poll(context) {
                Poll::Ready(answer) => Poll::Ready(Some(answer)),
                Poll::Pending if body.is_wanted() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            });
            match answered.await {
                None => {
                    let begun = Request::new();
                    begun.extensions_mut().insert(Begun::<S>(answering));
                    Ok(begun)
                }
                Some(Ok(answer)) => Err(body.leave(answer.into().map_into_boxed_body())),
                Some(Err(error)) => Err(body.leave(error.into())),
            }
        })
    }
}

/// The body of a request whose client waits for 100; `None` once it is read.
struct AwaitedBody {
    unread: Rc<RefCell<Option<Payload>>>,
    is_there: bool,
}

impl AwaitedBody {
    /// Takes the request's body, and leaves one that takes it back at the first read.
    fn of(request: &mut Request) -> Self {
        let payload = request.take_payload();
        let is_there = !matches!(payload, Payload::None);
        let unread = Rc::new(RefCell::new(Some(payload)));
        if is_there {
            *request.payload() = Payload::Stream {
                payload: Box::pin(on_demand(Rc::clone(&unread))),
            };
        }
        Self { unread, is_there }
    }

    fn is_wanted(&self) -> bool {
        self.unread.borrow().is_none()
    }

    /// The answer, which closes the connection if the body was not read.
    fn leave(self, mut answer: Response<BoxBody>) -> Response<BoxBody> {
        let unread = self.unread.take().filter(|_| self.is_there);
        match unread {
            None => answer,
            Some(unread) => {
                answer.head_mut().set_connection_type(ConnectionType::Close);
                answer.map_body(|_, body| unread_body::kept_until_sent(body, UnreadBody(unread)))
            }
        }
    }
}

fn on_demand(
    unread: Rc<RefCell<Option<Payload>>>,
) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    let mut read = None;
    stream::poll_fn(move |context| {
        let payload = read.get_or_insert_with(|| unread.take().unwrap_or(Payload::None));
        Pin::new(payload).poll_next(context)
    })
}
