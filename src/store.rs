//! The newest snapshot, where facts and their readers meet.
//!
//! Sources put in what they see; what says nothing new is dropped, so a
//! [`Revision`] stands for facts that differ. There is no snapshot before the
//! kernel's part is there.

use crate::facts::{
    Cloud, CloudTally, Dns, FailedSetups, Host, KernelFacts, Lease, LeaseClient, Leases, LinkDns,
    Reading, Revision, Snapshot,
};
use std::sync::Arc;
use tokio::sync::watch;

/// Where sources put their facts.
#[derive(Debug)]
pub struct Store {
    newest: watch::Sender<Facts>,
}

/// Follows the newest snapshot.
pub type Follower = watch::Receiver<Facts>;

/// All facts so far.
#[derive(Debug, Default)]
pub struct Facts {
    snapshot: Option<Arc<Snapshot>>,
    // Probes may answer before the kernel does.
    dns: Reading<Dns>,
    link_dns: Reading<LinkDns>,
    failed_setups: Reading<FailedSetups>,
    leases: Leases,
    host: Reading<Host>,
    cloud: Reading<Cloud>,
    cloud_tally: CloudTally,
}

impl Facts {
    /// The newest snapshot, once there is one.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.snapshot.as_ref()
    }

    fn put_kernel(&mut self, kernel: KernelFacts) -> bool {
        let is_news = self
            .snapshot
            .as_ref()
            .is_none_or(|snapshot| !snapshot.kernel.says_the_same_as(&kernel));
        if is_news {
            self.renew(kernel);
        }
        is_news
    }

    fn put_probe<T: PartialEq>(&mut self, reading: T, own: impl Fn(&mut Self) -> &mut T) -> bool {
        let old = own(self);
        if *old == reading {
            return false;
        }
        *old = reading;
        if let Some(snapshot) = &self.snapshot {
            let kernel = snapshot.kernel.clone();
            self.renew(kernel);
        }
        true
    }

    /// What says nothing new replaces the time and the tally, in a snapshot with
    /// the old revision.
    fn put_cloud(&mut self, cloud: Reading<Cloud>, tally: CloudTally) {
        let is_news = !self.cloud.says_the_same_as(&cloud, Cloud::says_the_same_as);
        self.cloud = cloud;
        self.cloud_tally = tally;
        let Some(snapshot) = &self.snapshot else {
            return;
        };
        if is_news {
            let kernel = snapshot.kernel.clone();
            return self.renew(kernel);
        }
        self.snapshot = Some(Arc::new(Snapshot {
            cloud: self.cloud.clone(),
            cloud_tally: tally,
            ..Snapshot::clone(snapshot)
        }));
    }

    fn renew(&mut self, kernel: KernelFacts) {
        let last = self.snapshot.as_ref();
        let revision = last.map_or(Revision::default(), |last| Revision(last.revision.0 + 1));
        self.snapshot = Some(Arc::new(Snapshot {
            revision,
            kernel,
            dns: self.dns.clone(),
            link_dns: self.link_dns.clone(),
            failed_setups: self.failed_setups.clone(),
            leases: self.leases.clone(),
            host: self.host.clone(),
            cloud: self.cloud.clone(),
            cloud_tally: self.cloud_tally,
        }));
    }
}

impl Default for Store {
    fn default() -> Self {
        let (newest, _) = watch::channel(Facts::default());
        Self { newest }
    }
}

impl Store {
    /// Follows what is put in.
    #[must_use]
    pub fn follow(&self) -> Follower {
        self.newest.subscribe()
    }

    /// Puts in what the kernel says.
    pub fn put_kernel(&self, kernel: KernelFacts) {
        self.newest
            .send_if_modified(|facts| facts.put_kernel(kernel));
    }

    /// Puts in what the resolver's files say.
    pub fn put_dns(&self, dns: Reading<Dns>) {
        self.newest
            .send_if_modified(|facts| facts.put_probe(dns, |facts| &mut facts.dns));
    }

    /// Puts in what the resolver uses for single links.
    pub fn put_link_dns(&self, link_dns: Reading<LinkDns>) {
        self.newest
            .send_if_modified(|facts| facts.put_probe(link_dns, |facts| &mut facts.link_dns));
    }

    /// Puts in which links could not be set up.
    pub fn put_failed_setups(&self, failed: Reading<FailedSetups>) {
        self.newest
            .send_if_modified(|facts| facts.put_probe(failed, |facts| &mut facts.failed_setups));
    }

    /// Puts in what a DHCP client wrote down.
    pub fn put_leases(&self, client: LeaseClient, leases: Reading<Vec<Lease>>) {
        self.newest
            .send_if_modified(|facts| facts.put_probe(leases, |facts| facts.leases.by_mut(client)));
    }

    /// Puts in what the host says of itself.
    pub fn put_host(&self, host: Reading<Host>) {
        self.newest
            .send_if_modified(|facts| facts.put_probe(host, |facts| &mut facts.host));
    }

    /// Puts in what the cloud says, and what it took to hear that.
    pub fn put_cloud(&self, cloud: Reading<Cloud>, tally: CloudTally) {
        self.newest
            .send_modify(|facts| facts.put_cloud(cloud, tally));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Uptime;

    fn host(name: &str) -> Reading<Host> {
        Reading::Current(Host { name: name.into() })
    }

    #[test]
    fn the_clouds_same_answer_is_newer_but_no_news() {
        use crate::facts::Provider;
        use std::time::{Duration, Instant};
        let store = Store::default();
        store.put_kernel(KernelFacts::default());
        let begin = Instant::now();
        let answer = |seconds| {
            Reading::Current(Cloud {
                provider: Provider::Aws,
                nics: Vec::new(),
                taken: begin + Duration::from_secs(seconds),
            })
        };
        let tally = |requests| CloudTally {
            requests,
            failures: 0,
        };
        let newest = || store.follow().borrow().snapshot().cloned().unwrap();
        for (seconds, revision) in [(0, 1), (300, 1), (600, 1)] {
            store.put_cloud(answer(seconds), tally(seconds));
            assert_eq!(newest().revision, Revision(revision));
            assert_eq!(newest().cloud, answer(seconds));
            assert_eq!(newest().cloud_tally, tally(seconds));
        }
        store.put_cloud(answer(600).failed("gone".into()), tally(601));
        assert_eq!(newest().revision, Revision(2), "stale is news");
        assert_eq!(newest().cloud, answer(600).failed("gone".into()));
    }

    #[test]
    fn only_news_makes_a_revision() {
        let store = Store::default();
        let mut follower = store.follow();
        let revision = || store.follow().borrow().snapshot().map(|s| s.revision.0);

        store.put_host(host("a"));
        assert_eq!(revision(), None, "no snapshot before the kernel's part");
        store.put_kernel(KernelFacts::default());
        assert_eq!(revision(), Some(0));
        assert_eq!(
            follower.borrow_and_update().snapshot().unwrap().host,
            host("a")
        );

        let later = KernelFacts {
            taken: Uptime(7),
            ..KernelFacts::default()
        };
        store.put_kernel(later);
        store.put_host(host("a"));
        assert_eq!(revision(), Some(0), "time alone is no news");
        assert!(!follower.has_changed().unwrap());

        store.put_host(host("b"));
        assert_eq!(revision(), Some(1));
        assert!(follower.has_changed().unwrap());
    }
}
