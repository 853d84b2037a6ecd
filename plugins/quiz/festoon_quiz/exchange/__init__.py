"""Questions and results as files: JSON, CSV, XLSX, GIFT. Pure: bytes in, questions out."""
