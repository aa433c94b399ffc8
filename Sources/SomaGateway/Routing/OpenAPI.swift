import SomaCore

/// The description of the interface, made from the table of routes.
enum OpenAPI {
    /// The OpenAPI 3.1 document.
    static func document(_ routes: [Route]) -> JSON {
        var paths = JSONObject()
        for route in routes {
            var item = paths[route.pattern]?.object ?? JSONObject()
            item[route.method.rawValue] = operation(route)
            paths[route.pattern] = .object(item)
        }
        var schemas = JSONObject()
        for schema in Schema.allCases { schemas[schema.rawValue] = schema.json }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Soma", "version": .string(SomaVersion.product),
                "description": .string(
                    "Runs of agents as logs of transitions. Send \(SomaVersion.header): "
                        + "\(SomaVersion.headerValue) to be refused by a daemon of another version."
                ),
            ],
            "paths": .object(paths),
            "components": ["schemas": .object(schemas)],
        ]
    }

    private static func operation(_ route: Route) -> JSON {
        var operation: JSONObject = ["summary": .string(route.summary), "operationId": .string(name(route))]
        var parameters: [JSON] = route.openParts.map { name in
            ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string"]]
        }
        parameters += route.query.map { parameter in
            [
                "name": .string(parameter.name), "in": "query", "description": .string(parameter.meaning),
                "schema": parameter.schema,
            ]
        }
        if route.method == .post {
            parameters.append([
                "name": "Idempotency-Key", "in": "header", "schema": ["type": "string", "maxLength": 200],
                "description": "A repeated request with the same key is answered as the first one was.",
            ])
        }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let request = route.request {
            operation["requestBody"] = [
                "required": .bool(request.hasRequired),
                "content": content("application/json", request.reference),
            ]
        }
        var responses = JSONObject()
        switch route.reply {
        case .document(let status, let schema):
            responses["\(status)"] = [
                "description": "Done.", "content": content("application/json", schema.reference),
            ]
        case .text(let type):
            responses["200"] = [
                "description": "Done.",
                "content": content(type, ["type": "string"]),
            ]
        }
        responses["default"] = problem("Refused; type tells why.")
        for status in route.refusals.sorted() { responses["\(status)"] = problem("Refused.") }
        operation["responses"] = .object(responses)
        return .object(operation)
    }

    private static func problem(_ description: String) -> JSON {
        [
            "description": .string(description),
            "content": content(Problem.mediaType, Schema.problem.reference),
        ]
    }

    private static func content(_ type: String, _ schema: JSON) -> JSON {
        var content = JSONObject()
        content[type] = ["schema": schema]
        return .object(content)
    }

    private static func name(_ route: Route) -> String {
        let parts = route.parts.map { part in part.filter { $0.isLetter || $0.isNumber } }
        return ([route.method.rawValue] + parts).joined(separator: "_")
    }
}
