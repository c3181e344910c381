//! Reads rows from files and archives; fetches data sets from hubs, once.
