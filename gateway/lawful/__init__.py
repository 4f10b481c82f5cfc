"""The room of the lawful basis (个人信息保护法 art. 13): consents as documents, and emergencies under review."""
