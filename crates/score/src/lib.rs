//! Captures to scores: metrics, the local judge, aggregation.
