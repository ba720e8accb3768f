"""Rules of what decides whether a call is placed (`call_gates`), and of what can be done to a live one (`live_calls`)."""
