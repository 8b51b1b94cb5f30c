//! A database that is away for a while, and one that is lost.

use std::time::Duration;

use hallmark_testing::postgres::Server;

use crate::{
    fleet::Fleet,
    service::FULFILLED,
    world::{OPERATOR, until},
};

#[tokio::test]
async fn a_fleet_waits_for_a_database_that_restarts() {
    let mut server = Server::start();
    let fleet = Fleet::on(&server, &[]).await;
    let (mut service, mut worker) = (fleet.serve(), fleet.work());
    let mut ids = vec![fleet.world.request(&[0; 4]).await];
    until("a lease", async || {
        fleet.database.run("SELECT to_regclass('hallmark.leases') IS NOT NULL") == "t"
            && fleet.database.run("SELECT count(*) FROM hallmark.leases") == "1"
            || fleet.world.request_of(ids[0]).await.state == FULFILLED
    })
    .await;
    fleet.database.run("CHECKPOINT");
    server.kill();
    ids.push(fleet.world.request(&[1; 4]).await);
    tokio::time::sleep(Duration::from_secs(2)).await;
    server.resume();
    ids.push(fleet.world.request(&[2; 4]).await);
    fleet.assert_paid_once(&ids).await;
    assert!(service.is_alive() && worker.is_alive(), "a database that is away is waited for");
}

/// The chain has all requests, and says which are settled.
#[tokio::test]
async fn a_lost_database_is_restored_from_the_chain() {
    let fleet = Fleet::new(&[]).await;
    let (service, worker) = (fleet.serve(), fleet.work());
    let before = fleet.world.request(&[0; 4]).await;
    fleet.assert_paid_once(&[before]).await;
    drop((service, worker));
    let open = fleet.world.request(&[1; 4]).await;
    let fleet = Fleet { database: Server::shared().database(), ..fleet };
    let service = fleet.serve();
    let worker = fleet.work();
    fleet.assert_paid_once(&[before, open]).await;
    // What was settled before is none of the new queue's.
    until("the end", async || {
        fleet.world.mine(1).await;
        fleet.database.run("SELECT count(*) FROM hallmark.jobs WHERE NOT is_done") == "0"
    })
    .await;
    let operator = fleet.world.anvil.account(OPERATOR).await.address();
    assert_eq!(fleet.world.customer.node.nonce(operator).await.unwrap(), 2);
    drop((service, worker));
}
