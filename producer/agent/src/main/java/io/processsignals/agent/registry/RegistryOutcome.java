// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.registry;

/**
 * What became of asking a registry for the id of a schema.
 *
 * @param kind how it ended
 * @param schemaId the id; meaningful only if {@link Kind#REGISTERED}
 * @param message one line for people: what happened and what to do about it; holds no secret
 */
public record RegistryOutcome(Kind kind, int schemaId, String message) {
    /** How it ended. All but {@link #REGISTERED} may pass with time, so that the question can be asked again. */
    public enum Kind {
        /** The registry has the schema. */
        REGISTERED,
        /** The registry does not have the schema and was not to be asked to take it. */
        MISSING,
        /** The registry refused the schema as incompatible with earlier versions (409). */
        REFUSED,
        /** The registry refused the credentials (401, 403). */
        UNAUTHORISED,
        /** No registry answered, or none but with a server error. */
        UNREACHABLE,
        /** The registry does not take the schema for one (422), or gave an answer that is none of its API. */
        INVALID
    }

    static RegistryOutcome registered(int schemaId, String subject) {
        return new RegistryOutcome(Kind.REGISTERED, schemaId, "schema id " + schemaId + " of subject " + subject);
    }

    static RegistryOutcome failed(Kind kind, String message) {
        return new RegistryOutcome(kind, -1, message);
    }

    /** Whether there is an id. */
    public boolean isRegistered() {
        return kind == Kind.REGISTERED;
    }
}
