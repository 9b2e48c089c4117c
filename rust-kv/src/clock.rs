//! Waiting by the clock of the runtime that serves the store: tokio's, or smol's where
//! that takes its place.

#[cfg(feature = "stack-smol")]
pub(crate) use of_smol::*;
#[cfg(not(feature = "stack-smol"))]
pub(crate) use of_tokio::*;

#[cfg(not(feature = "stack-smol"))]
mod of_tokio {
    pub(crate) use tokio::time::timeout;

    #[cfg(any(feature = "stack-axum", feature = "on-hyper"))]
    pub(crate) use alarm::Alarm;

    #[cfg(any(feature = "stack-axum", feature = "on-hyper"))]
    mod alarm {
        use std::{
            future::Future,
            pin::Pin,
            task::{Context, Poll},
            time::Duration,
        };

        use tokio::time::{Instant, Sleep, sleep};

        /// A wait that can be begun anew.
        pub(crate) struct Alarm(Pin<Box<Sleep>>);

        impl Alarm {
            pub(crate) fn after(wait: Duration) -> Self {
                Self(Box::pin(sleep(wait)))
            }

            pub(crate) fn reset(&mut self, wait: Duration) {
                self.0.as_mut().reset(Instant::now() + wait);
            }

            pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
                self.0.as_mut().poll(cx)
            }
        }
    }
}

#[cfg(feature = "stack-smol")]
mod of_smol {
    use std::{
        future::{Future, poll_fn},
        pin::{Pin, pin},
        task::{Context, Poll},
        time::Duration,
    };

    use async_io::Timer;

    /// A wait that was too long.
    pub(crate) struct Elapsed;

    /// What `future` comes to, if it does within `limit`.
    pub(crate) async fn timeout<F: Future>(
        limit: Duration,
        future: F,
    ) -> Result<F::Output, Elapsed> {
        let mut future = pin!(future);
        let mut alarm = Alarm::after(limit);
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => alarm.poll(cx).map(|()| Err(Elapsed)),
        })
        .await
    }

    /// A wait that can be begun anew.
    pub(crate) struct Alarm(Timer);

    impl Alarm {
        pub(crate) fn after(wait: Duration) -> Self {
            Self(Timer::after(wait))
        }

        pub(crate) fn reset(&mut self, wait: Duration) {
            self.0.set_after(wait);
        }

        pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
            Pin::new(&mut self.0).poll(cx).map(drop)
        }
    }
}
