DROP TABLE support_looks;
