DROP TABLE follow_counts;
