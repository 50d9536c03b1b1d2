"""The contacts over HTTP, with FastAPI."""

import contacts
from fastapi import FastAPI, HTTPException

TOKEN = "the token of the settings"
app = FastAPI()


@app.get("/contacts/{email}")
async def get_contact(email: str) -> dict[str, str]:
    """Returns the name of a contact."""
    found = await contacts.find(TOKEN, email)
    if found is None:
        raise HTTPException(404)
    return {"name": found["firstname"]}
