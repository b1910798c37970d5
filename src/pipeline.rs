//! A set of targets becomes plans: the file to read first.
