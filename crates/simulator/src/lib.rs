//! What a lifecycle policy does to an inventory, run by run.
