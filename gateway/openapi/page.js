// Shows the API's document. It stands in a file of its own because the page's
// policy allows no script inline.
window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: "../openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    persistAuthorization: false,
    validatorUrl: null, // the default would send the document to another host
  });
});
